using System.Buffers.Binary;
using System.Text;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Dcap;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Attestation.Snp;
using MarbleRun.Manifests;

namespace MarbleRun.Fuzz;

/// <summary>What is fuzzed: each target takes any bytes and must come back without an exception.</summary>
internal static class Targets
{
    private static readonly SimulationPlatform s_platform = SimulationPlatform.Open(Path.Combine(AppContext.BaseDirectory, "simulation"));
    private static readonly byte[] s_quote = CreateQuote();
    private static readonly QuoteExpectation s_expectation = new() { ReportData = ReportData.ForCertificate("fuzz"u8), Package = new PackageProperties { UniqueId = new string('0', 64) } };
    private static readonly IQuoteVerifier s_verifier = s_platform.CreateVerifier();
    private static readonly DcapCollateral s_collateral = s_platform.CreateCollateral();

    private static readonly Dictionary<string, (Action<byte[]> Run, Func<IEnumerable<byte[]>> Seeds)> s_targets = new(StringComparer.Ordinal)
    {
        ["quote"] = (VerifyQuote, () => [s_quote, Quote.FromRaw(s_quote).ToEvidence()]),
        ["pck-chain"] = (VerifyChain, () => [ChainOf(s_quote)]),
        ["crl"] = (VerifyRevocationList, () => [s_collateral.RootRevocationList!.Value.ToArray(), s_collateral.PckRevocationList!.Value.ToArray()]),
        ["tdx"] = (VerifyQuote, () => [CreateTdxQuote()]),
        ["tcb-info"] = (
            input => VerifyWith(s_collateral with { TcbInfo = s_collateral.TcbInfo! with { Body = input } }), () => [s_collateral.TcbInfo!.Body.ToArray()]),
        ["qe-identity"] = (
            input => VerifyWith(s_collateral with { QeIdentity = s_collateral.QeIdentity! with { Body = input } }), () => [s_collateral.QeIdentity!.Body.ToArray()]),
        ["issuer-chain"] = (
            input => VerifyWith(s_collateral with { TcbInfo = s_collateral.TcbInfo! with { IssuerChain = input } }), () => [s_collateral.TcbInfo!.IssuerChain.ToArray()]),
        ["snp"] = (VerifyReport, () => [CreateReport(2), CreateReport(3), CreateReport(5)]),
        ["manifest"] = (ReadManifest, () => [Encoding.UTF8.GetBytes(Manifest), Encoding.UTF8.GetBytes(OtherManifest)]),
    };

    private static string Manifest =>
        """{"Packages":{"p":{"UniqueID":"00","AcceptedTCBStatuses":["UpToDate"]}},"Marbles":{"m":{"Package":"p","MaxActivations":1,"Parameters":{"Files":{"/a":{"Data":"YQ==","Encoding":"base64"}},"Env":{"E":"{{ hex .Secrets.s }}"},"Argv":["a"]},"TLS":["t"]}},"Secrets":{"s":{"Type":"symmetric-key","Size":128,"Shared":true},"c":{"Type":"cert-ecdsa","Size":256,"Cert":{"Subject":{"CommonName":"c"}}}},"TLS":{"t":{"Incoming":[{"Port":"1"}]}},"Config":{"SealMode":"ProductKey"}}""";

    /// <summary>What the first one does not have: templates of certificates, machines, users, roles, thresholds; and the second occurrence of a section.</summary>
    private static string OtherManifest =>
        """{"$schema":"x","Packages":{"p":{"Debug":true,"Tdx":{"MRTD":"00"},"Snp":{"Measurement":"00","PolicyMask":"0x1","SigningKey":"VCEK","MinimumTCB":{"SNP":1}},"Platforms":{"DeniedFMSPCs":["00"]}}},"Infrastructures":{"i":{"CPUSVN":[1,2],"QESVN":1,"RootCA":"AA=="}},"Marbles":{"m":{"Package":"p"}},"Secrets":{"c":{"Type":"cert-rsa","Size":2048,"Cert":{"Subject":{"Country":["A"],"ExtraNames":[{"Type":[2,5],"Value":1}]},"IPAddresses":["::1"],"URIs":[{"Host":"h"}],"KeyUsage":1,"ExtKeyUsage":[1],"NotAfter":"2040-01-02T03:04:05Z","IsCA":true,"Policies":["1.2"],"PermittedIPRanges":[{"IP":"10.0.0.0","Mask":"/wAAAA=="}],"ExtraExtensions":[{"Id":[1,2],"Critical":true,"Value":"AA=="}]}},"d":{"Type":"plain","UserDefined":true,"Private":"AA=="}},"Users":{"u":{"Certificate":"-----BEGIN A-----\nAAAA\n-----END A-----","Roles":["r"]}},"RecoveryKeys":{"k":"-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----"},"Roles":{"r":{"ResourceType":"Secrets","ResourceNames":["d"],"Actions":["ReadSecret"]}},"TLS":{"t":{"Outgoing":[{"Addr":"a","Port":"1"}]}},"Config":{"FeatureGates":["MonotonicCounter"],"UpdateThreshold":1,"RecoveryThreshold":2},"marbles":{"m":{"TLS":["\ud800"]}}}""";

    public static IEnumerable<string> Names => s_targets.Keys;

    public static Action<byte[]> Find(string target) => s_targets[target].Run;

    public static IEnumerable<byte[]> SeedsOf(string target) => s_targets[target].Seeds();

    private static void VerifyQuote(byte[] input) => Verify(s_verifier, Quote.FromEvidence(input));

    private static void VerifyChain(byte[] input)
    {
        int end = s_quote.Length - ChainOf(s_quote).Length;
        byte[] quote = [.. s_quote.AsSpan(0, end), .. input];
        BinaryPrimitives.WriteInt32LittleEndian(quote.AsSpan(end - 4), input.Length);
        BinaryPrimitives.WriteInt32LittleEndian(quote.AsSpan(432), quote.Length - 436);
        Verify(s_verifier, Quote.FromRaw(quote));
    }

    private static void VerifyRevocationList(byte[] input) => VerifyWith(s_collateral with { RootRevocationList = input });

    private static void VerifyWith(DcapCollateral collateral) =>
        Verify(new DcapQuoteVerifier(s_platform.TrustAnchor, TimeProvider.System, collateral), Quote.FromRaw(s_quote));

    private static void VerifyReport(byte[] input) =>
        Verify(new SnpReportVerifier(SnpTrustAnchor.Amd, TimeProvider.System, new SnpCollateral { Vek = input, Ask = input }), Quote.FromRaw(input));

    private static void ReadManifest(byte[] input)
    {
        if (MarbleRun.Manifests.Manifest.TryParse(input, out Manifest? manifest, out _))
        {
            manifest.Validate();
        }
    }

    private static void Verify(IQuoteVerifier verifier, Quote quote)
    {
        Verdict verdict = verifier.VerifyAsync(quote, s_expectation).AsTask().GetAwaiter().GetResult();
        if (verdict.IsAccepted)
        {
            throw new InvalidOperationException("Code that nobody expects was accepted.");
        }
    }

    private static byte[] CreateQuote()
    {
        IQuoteIssuer issuer = s_platform.CreateIssuer(new AppMeasurement { UniqueId = new string('1', 64), SignerId = s_platform.SignerId, ProductId = 1, SecurityVersion = 1 });
        return issuer.IssueAsync(ReportData.ForCertificate("fuzz"u8)).AsTask().GetAwaiter().GetResult().RawData.ToArray();
    }

    private static byte[] CreateTdxQuote() =>
        s_platform.CreateTdxIssuer(new TdMeasurement { MrTd = new string('1', 96) }).IssueAsync(ReportData.ForCertificate("fuzz"u8)).AsTask().GetAwaiter().GetResult().RawData.ToArray();

    /// <summary>A report that is well formed as far as its version goes, and signed by nobody.</summary>
    private static byte[] CreateReport(uint version)
    {
        var report = new byte[1184];
        BinaryPrimitives.WriteUInt32LittleEndian(report, version);
        BinaryPrimitives.WriteUInt64LittleEndian(report.AsSpan(8), 1UL << 17);
        BinaryPrimitives.WriteUInt32LittleEndian(report.AsSpan(0x34), 1);
        return report;
    }

    private static byte[] ChainOf(byte[] quote) => quote[quote.AsSpan().IndexOf("-----BEGIN"u8)..];
}
