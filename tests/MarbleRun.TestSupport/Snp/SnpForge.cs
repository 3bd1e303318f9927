using System.Buffers.Binary;
using System.Security.Cryptography;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Snp;
using MarbleRun.TestSupport.Markdown;
using Microsoft.Extensions.Time.Testing;

namespace MarbleRun.TestSupport.Snp;

/// <summary>
/// Makes attestation reports, right unless told otherwise. It follows the published layout on its own and shares no code with the parser.
/// </summary>
public sealed class SnpForge
{
    public SnpForge(SnpProductLine line = SnpProductLine.Genoa, SnpSigningKey kind = SnpSigningKey.Vcek)
    {
        Pki = new SnpTestPki(line, kind);
        WriteUInt32(0x00, 5);
        WriteUInt32(0x04, 7);
        WriteUInt64(0x08, 0x30000);
        WriteUInt32(0x34, 1);
        WriteUInt64(0x38, Pki.Tcb);
        WriteUInt64(0x40, 0x25);
        WriteUInt32(0x48, (uint)kind << 2);
        Fill(0x10, 16, 0x10);
        Fill(0x20, 16, 0x20);
        Fill(0x90, 48, 0x90);
        Fill(0xc0, 32, 0xc0);
        Fill(0xe0, 48, 0xe0);
        Fill(0x110, 48, 0x11);
        Fill(0x140, 32, 0x14);
        Fill(0x160, 32, 0xff);
        WriteUInt64(0x180, Pki.Tcb);
        byte[] cpu = line switch
        {
            SnpProductLine.Milan => [0x19, 0x01, 0x01],
            SnpProductLine.Genoa => [0x19, 0x11, 0x01],
            _ => [0x1a, 0x02, 0x01],
        };
        cpu.CopyTo(Report, 0x188);
        if (kind == SnpSigningKey.Vcek)
        {
            Pki.HardwareId.CopyTo(Report, 0x1a0);
        }

        WriteUInt64(0x1e0, Pki.Tcb);
        byte[] version = [41, 55, 1, 0, 41, 55, 1, 0];
        version.CopyTo(Report, 0x1e8);
        WriteUInt64(0x1f0, Pki.Tcb);
        WriteUInt64(0x1f8, 0x3f);
        WriteUInt64(0x200, 0x3f);
    }

    public SnpTestPki Pki { get; }

    /// <summary>The report; <see cref="Build"/> signs it as it is.</summary>
    public byte[] Report { get; } = new byte[0x4a0];

    public void WriteUInt32(int offset, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(Report.AsSpan(offset), value);

    public void WriteUInt64(int offset, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(Report.AsSpan(offset), value);

    public void Fill(int offset, int length, byte value) => Report.AsSpan(offset, length).Fill(value);

    public byte[] Build(ECDsa? signer = null)
    {
        byte[] report = [.. Report];
        byte[] signature = (signer ?? Pki.VekKey).SignData(report[..0x2a0], HashAlgorithmName.SHA384);
        signature.AsSpan(0, 48).Reverse();
        signature.AsSpan(48).Reverse();
        signature.AsSpan(0, 48).CopyTo(report.AsSpan(0x2a0));
        signature.AsSpan(48).CopyTo(report.AsSpan(0x2a0 + 72));
        return report;
    }

    /// <summary>Judges what <see cref="Build"/> gives under the root of <see cref="Pki"/>.</summary>
    public Task<Verdict> JudgeAsync(SnpCollateral? collateral = null, SnpProperties? snp = null, DateTimeOffset? now = null) =>
        JudgeAsync(Build(), Pki.Anchor(), collateral ?? Pki.Collateral(), Package(snp), now);

    public Task<Verdict> JudgeAsync(PackageProperties package) => JudgeAsync(Build(), Pki.Anchor(), Pki.Collateral(), package);

    public static PackageProperties Package(SnpProperties? snp = null) => new() { Snp = snp };

    public static async Task<Verdict> JudgeAsync(
        byte[] report, SnpTrustAnchor anchor, SnpCollateral? collateral, PackageProperties? package = null, DateTimeOffset? now = null)
    {
        var verifier = new SnpReportVerifier(anchor, collateral, new FakeTimeProvider(now ?? SnpTestPki.Now))
        {
            RequireRevocationList = false,
        };
        var expectation = new QuoteExpectation { ReportData = ReportData.FromBytes(new byte[64]), Package = package ?? Package() };
        return await verifier.VerifyAsync(Quote.FromRaw(report), expectation, TestContext.Current.CancellationToken);
    }

    /// <summary>The code of the check that failed, with the reason.</summary>
    public static (string? Code, VerdictReason Reason) Failure(Verdict verdict) =>
        (verdict.Checks.SingleOrDefault(c => c.Outcome == VerdictCheckOutcome.Failed)?.Code, verdict.Reason);

    public static async Task AssertFailsAsync(Task<Verdict> verdict, string code, VerdictReason reason) =>
        Assert.Equal((code, reason), Failure(await verdict));
}
