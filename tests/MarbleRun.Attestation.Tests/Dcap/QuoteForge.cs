using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Dcap;
using Microsoft.Extensions.Time.Testing;

namespace MarbleRun.Tests.Attestation.Dcap;

/// <summary>
/// Makes quotes from parts, right unless told otherwise. It follows the published layout on its own and shares no code with the issuer or
/// the parser.
/// </summary>
internal sealed class QuoteForge
{
    public TestPki Pki { get; } = new();

    public ECDsa AttestationKey { get; set; } = ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>The key that signs header and report, if not <see cref="AttestationKey"/>.</summary>
    public ECDsa? OtherSigner { get; set; }

    /// <summary>The key that signs the quoting enclave's report, if not the PCK.</summary>
    public ECDsa? OtherQeSigner { get; set; }

    public byte[] Header { get; private init; } = HeaderOf("0300020000000000");

    public byte[] Body { get; private init; } = new byte[384];

    /// <summary>What the quoting enclave's report says of the attestation key, if not the truth.</summary>
    public byte[]? QeReportData { get; set; }

    public byte[] AuthenticationData { get; set; } = RandomNumberGenerator.GetBytes(32);

    public ushort CertificationType { get; set; } = 5;

    /// <summary>The certification data, if not the chain of <see cref="Pki"/>.</summary>
    public byte[]? CertificationData { get; set; }

    /// <summary>A quote of version 4 with TD report 1.0, or of version 5 with TD report 1.5.</summary>
    public static QuoteForge ForTd(bool is15 = true) => new()
    {
        Header = HeaderOf(is15 ? "0500020081000000" : "0400020081000000"),
        Body = new byte[is15 ? 648 : 584],
    };

    public byte[] Build()
    {
        ECPoint key = AttestationKey.ExportParameters(false).Q;
        byte[] publicKey = [.. key.X!, .. key.Y!];
        var qeReport = new byte[384];
        (QeReportData ?? SHA256.HashData([.. publicKey, .. AuthenticationData])).CopyTo(qeReport, 320);
        byte[] certification = CertificationData ?? Encoding.ASCII.GetBytes(Pki.Chain());
        byte[] signed = [.. Header, .. Header[0] == 5 ? [3, 0, .. UInt32(Body.Length)] : Array.Empty<byte>(), .. Body];
        byte[] signature = (OtherSigner ?? AttestationKey).SignData(signed, HashAlgorithmName.SHA256);
        byte[] qeSignature = (OtherQeSigner ?? Pki.PckKey).SignData(qeReport, HashAlgorithmName.SHA256);
        byte[] rest =
        [
            .. qeReport, .. qeSignature, .. UInt16(AuthenticationData.Length), .. AuthenticationData,
            .. UInt16(CertificationType), .. UInt32(certification.Length), .. certification,
        ];
        byte[] data = [.. signature, .. publicKey, .. Header[0] > 3 ? [6, 0, .. UInt32(rest.Length), .. rest] : rest];
        return [.. signed, .. UInt32(data.Length), .. data];
    }

    /// <summary>Judges what <see cref="Build"/> gives under the root of <see cref="Pki"/>, without TCB status.</summary>
    public Task<Verdict> JudgeAsync(DcapCollateral? collateral = null, DateTimeOffset? now = null, PackageProperties? package = null) =>
        JudgeAsync(Build(), Pki.Anchor(), collateral, now, package);

    public static async Task<Verdict> JudgeAsync(
        byte[] quote,
        DcapTrustAnchor anchor,
        DcapCollateral? collateral = null,
        DateTimeOffset? now = null,
        PackageProperties? package = null)
    {
        var verifier = new DcapQuoteVerifier(anchor, new FakeTimeProvider(now ?? TestPki.Now), collateral, requiresCollateral: false);
        var expectation = new QuoteExpectation
        {
            ReportData = ReportData.FromBytes(new byte[64]),
            Package = package ?? new PackageProperties(),
        };
        return await verifier.VerifyAsync(Quote.FromRaw(quote), expectation, TestContext.Current.CancellationToken);
    }

    /// <summary>The code of the check that failed, with the reason.</summary>
    public static (string? Code, VerdictReason Reason) Failure(Verdict verdict) =>
        (verdict.Checks.SingleOrDefault(c => c.Outcome == VerdictCheckOutcome.Failed)?.Code, verdict.Reason);

    private static byte[] HeaderOf(string start) =>
        Convert.FromHexString(start + "01000100" + "939a7233f79c4ca9940a0db3957f0607" + new string('0', 40));

    private static byte[] UInt16(int value)
    {
        var bytes = new byte[2];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)value);
        return bytes;
    }

    private static byte[] UInt32(int value)
    {
        var bytes = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, value);
        return bytes;
    }
}
