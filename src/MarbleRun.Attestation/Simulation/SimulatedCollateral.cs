using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Dcap;
using MarbleRun.Attestation.X509;

namespace MarbleRun.Attestation.Simulation;

/// <summary>Makes collateral in the form of Intel's, signed under the development root.</summary>
internal static class SimulatedCollateral
{
    private const int LifetimeDays = 30;
    private const int ListNumber = 1;
    private const string ModuleId = "TDX_01";
    private const byte NewerSvn = DevelopmentAuthority.Svn + 1;

    public static DcapCollateral Create(SimulationMaterial material, TeeType tee, SimulationScenario scenario, DateTimeOffset now)
    {
        using var rootKey = ECDsa.Create(material.RootKey);
        using var authorityKey = ECDsa.Create(material.AuthorityKey);
        using var signerKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] chain = Encoding.ASCII.GetBytes(
            DevelopmentAuthority.IssueSigner(signerKey, rootKey, now)
            + PemEncoding.WriteString("CERTIFICATE", material.Chain.Root.Der.Span)
            + "\n");
        DateTimeOffset end = scenario.IsExpired ? now.AddDays(-1) : now.AddDays(LifetimeDays);
        DateTimeOffset start = end.AddDays(-LifetimeDays - 1);
        return new DcapCollateral
        {
            TcbInfo = Sign(WriteTcbInfo(tee, scenario, start, end), signerKey, chain),
            QeIdentity = Sign(WriteQeIdentity(tee, scenario, start, end), signerKey, chain),
            RootRevocationList = List(material.Chain.Root, rootKey, null, start, end),
            PckRevocationList = List(
                material.Chain.Authority, authorityKey, scenario.IsPckRevoked ? material.Chain.Leaf : null, start, end),
            PckRevocationListIssuerChain = Encoding.ASCII.GetBytes(
                PemEncoding.WriteString("CERTIFICATE", material.Chain.Authority.Der.Span) + "\n"
                + PemEncoding.WriteString("CERTIFICATE", material.Chain.Root.Der.Span) + "\n"),
        };
    }

    private static DcapSignedDocument Sign(byte[] body, ECDsa key, byte[] chain) =>
        new(body, key.SignData(body, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation), chain);

    private static byte[] List(Certificate issuer, ECDsa key, Certificate? revoked, DateTimeOffset start, DateTimeOffset end)
    {
        var builder = new CertificateRevocationListBuilder();
        if (revoked is not null)
        {
            builder.AddEntry(revoked.SerialNumber.Span, start);
        }

        var identifier = new X509SubjectKeyIdentifierExtension(new PublicKey(key), critical: false);
        return builder.Build(
            new X500DistinguishedName(issuer.Subject.Span),
            X509SignatureGenerator.CreateForECDsa(key),
            ListNumber,
            end,
            HashAlgorithmName.SHA256,
            X509AuthorityKeyIdentifierExtension.CreateFromSubjectKeyIdentifier(identifier),
            start);
    }

    private static byte[] WriteTcbInfo(TeeType tee, SimulationScenario scenario, DateTimeOffset start, DateTimeOffset end) =>
        Write(writer =>
        {
            writer.WriteString("id", tee == TeeType.Tdx ? "TDX" : "SGX");
            writer.WriteNumber("version", 3);
            WriteDates(writer, start, end);
            writer.WriteString("fmspc", Convert.ToHexStringLower(DevelopmentAuthority.Fmspc));
            writer.WriteString("pceId", "0000");
            writer.WriteNumber("tcbType", 0);
            writer.WriteNumber("tcbEvaluationDataNumber", scenario.TcbEvaluationDataNumber);
            if (tee == TeeType.Tdx)
            {
                writer.WriteStartObject("tdxModule");
                WriteModule(writer);
                writer.WriteEndObject();
                writer.WriteStartArray("tdxModuleIdentities");
                writer.WriteStartObject();
                writer.WriteString("id", ModuleId);
                WriteModule(writer);
                WriteIsvLevels(writer, TcbStatus.UpToDate, start);
                writer.WriteEndObject();
                writer.WriteEndArray();
            }

            writer.WriteStartArray("tcbLevels");
            if (scenario.PlatformTcb != TcbStatus.UpToDate)
            {
                WritePlatformLevel(writer, tee, NewerSvn, TcbStatus.UpToDate, [], start);
            }

            WritePlatformLevel(writer, tee, DevelopmentAuthority.Svn, scenario.PlatformTcb, [.. scenario.Advisories], start);
            writer.WriteEndArray();
        });

    private static byte[] WriteQeIdentity(TeeType tee, SimulationScenario scenario, DateTimeOffset start, DateTimeOffset end) =>
        Write(writer =>
        {
            writer.WriteString("id", QeIdentity.IdFor(tee));
            writer.WriteNumber("version", 2);
            WriteDates(writer, start, end);
            writer.WriteNumber("tcbEvaluationDataNumber", scenario.TcbEvaluationDataNumber);
            writer.WriteString("miscselect", "00000000");
            writer.WriteString("miscselectMask", "FFFFFFFF");
            writer.WriteString("attributes", "05000000000000000000000000000000");
            writer.WriteString("attributesMask", "FFFFFFFFFFFFFFFF0000000000000000");
            byte[] signer = scenario.IsOtherQe ? SHA256.HashData("another quoting enclave signer"u8) : SimulatedReport.QeSigner;
            writer.WriteString("mrsigner", Convert.ToHexString(signer));
            writer.WriteNumber("isvprodid", SimulatedReport.QeProductId(tee));
            WriteIsvLevels(writer, scenario.QeTcb, start);
        });

    private static void WriteModule(Utf8JsonWriter writer)
    {
        writer.WriteString("mrsigner", new string('0', 2 * TdReportBody.MeasurementSize));
        writer.WriteString("attributes", "0000000000000000");
        writer.WriteString("attributesMask", "FFFFFFFFFFFFFFFF");
    }

    private static void WriteIsvLevels(Utf8JsonWriter writer, TcbStatus status, DateTimeOffset date)
    {
        writer.WriteStartArray("tcbLevels");
        if (status != TcbStatus.UpToDate)
        {
            WriteIsvLevel(NewerSvn, TcbStatus.UpToDate);
        }

        WriteIsvLevel(DevelopmentAuthority.Svn, status);
        writer.WriteEndArray();

        void WriteIsvLevel(byte svn, TcbStatus levelStatus)
        {
            writer.WriteStartObject();
            writer.WriteStartObject("tcb");
            writer.WriteNumber("isvsvn", svn);
            writer.WriteEndObject();
            WriteStatus(writer, levelStatus, [], date);
            writer.WriteEndObject();
        }
    }

    private static void WritePlatformLevel(
        Utf8JsonWriter writer, TeeType tee, byte svn, TcbStatus status, string[] advisories, DateTimeOffset date)
    {
        writer.WriteStartObject();
        writer.WriteStartObject("tcb");
        WriteComponents(writer, "sgxtcbcomponents", [.. Enumerable.Repeat(svn, PckExtension.ComponentCount)]);
        writer.WriteNumber("pcesvn", svn);
        if (tee == TeeType.Tdx)
        {
            // The module's two, and the microcode.
            var components = new byte[PckExtension.ComponentCount];
            components.AsSpan(0, 3).Fill(svn);
            WriteComponents(writer, "tdxtcbcomponents", components);
        }

        writer.WriteEndObject();
        WriteStatus(writer, status, advisories, date);
        writer.WriteEndObject();
    }

    private static void WriteComponents(Utf8JsonWriter writer, string name, byte[] svns)
    {
        writer.WriteStartArray(name);
        foreach (byte svn in svns)
        {
            writer.WriteStartObject();
            writer.WriteNumber("svn", svn);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteStatus(Utf8JsonWriter writer, TcbStatus status, string[] advisories, DateTimeOffset date)
    {
        writer.WriteString("tcbDate", Time(date));
        writer.WriteString("tcbStatus", status.ToString());
        writer.WriteStartArray("advisoryIDs");
        foreach (string advisory in advisories)
        {
            writer.WriteStringValue(advisory);
        }

        writer.WriteEndArray();
    }

    private static void WriteDates(Utf8JsonWriter writer, DateTimeOffset start, DateTimeOffset end)
    {
        writer.WriteString("issueDate", Time(start));
        writer.WriteString("nextUpdate", Time(end));
    }

    private static string Time(DateTimeOffset time) =>
        time.ToUniversalTime().ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    private static byte[] Write(Action<Utf8JsonWriter> write)
    {
        var buffer = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(buffer))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }

        return buffer.WrittenSpan.ToArray();
    }
}
