using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Attestation.Snp;
using MarbleRun.TestSupport.Snp;

namespace MarbleRun.Tests.Attestation.Snp;

public sealed class SnpReportTests
{
    private readonly SnpForge _forge = new();

    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [Trait("Security", "B4")]
    public async Task Verify_EveryKnownVersion_IsAccepted(uint version)
    {
        SetVersion(version);

        Verdict verdict = await _forge.JudgeAsync();

        Assert.True(verdict.IsAccepted, verdict.ToString());
        SnpClaims claims = verdict.Claims!.Snp!;
        Assert.Equal(version, claims.Version);
        Assert.Equal(version >= 3, claims.CpuFamily is 0x19);
        Assert.Equal(version >= 5, claims.CurrentMitigations is 0x3f);
        Assert.Equal(new SnpTcb { BootLoader = 10, Tee = 2, Snp = 0x17, Microcode = 0x54 }, claims.ReportedTcbParts);
    }

    [Theory]
    [InlineData(0, VerdictReason.Malformed)]
    [InlineData(1, VerdictReason.Malformed)]
    [InlineData(6, VerdictReason.Unsupported)]
    [InlineData(255, VerdictReason.Unsupported)]
    [InlineData(256, VerdictReason.Malformed)]
    [InlineData(uint.MaxValue, VerdictReason.Malformed)]
    [Trait("Security", "B4")]
    public async Task Verify_UnknownVersion_IsRefused(uint version, VerdictReason reason)
    {
        _forge.WriteUInt32(0, version);

        await SnpForge.AssertFailsAsync(_forge.JudgeAsync(), "report.structure", reason);
    }

    [Theory]
    [InlineData(2, 0x188)]
    [InlineData(2, 0x18a)]
    [InlineData(3, 0x18b)]
    [InlineData(3, 0x19f)]
    [InlineData(3, 0x1f8)]
    [InlineData(4, 0x200)]
    [InlineData(5, 0x4c)]
    [InlineData(5, 0x4f)]
    [InlineData(5, 0x1eb)]
    [InlineData(5, 0x1ef)]
    [InlineData(5, 0x208)]
    [InlineData(5, 0x29f)]
    [Trait("Security", "B4")]
    public async Task Verify_ReservedByteSet_IsMalformed(uint version, int at)
    {
        SetVersion(version);
        _forge.Report[at] = 1;

        await SnpForge.AssertFailsAsync(_forge.JudgeAsync(), "report.structure", VerdictReason.Malformed);
    }

    [Theory]
    [InlineData(0x2a0 + 48)]
    [InlineData(0x2a0 + 71)]
    [InlineData(0x2e8 + 48)]
    [InlineData(0x2e8 + 71)]
    [InlineData(0x330)]
    [InlineData(0x49f)]
    [Trait("Security", "B4")]
    public async Task Verify_BytesOutsideTheSignedPartAndTheSignature_MustBeZero(int at)
    {
        byte[] report = _forge.Build();
        report[at] = 1;

        await SnpForge.AssertFailsAsync(
            SnpForge.JudgeAsync(report, _forge.Pki.Anchor(), _forge.Pki.Collateral()), "report.structure", VerdictReason.Malformed);
    }

    [Theory]
    [InlineData(0x34, 0u)]
    [InlineData(0x34, 2u)]
    [InlineData(0x34, uint.MaxValue)]
    [InlineData(0x48, 2u << 2)]
    [InlineData(0x48, 6u << 2)]
    [InlineData(0x48, 1u << 5)]
    [InlineData(0x48, 1u << 31)]
    [Trait("Security", "B4")]
    public async Task Verify_AlgorithmOrFlagsNotDefined_IsMalformed(int offset, uint value)
    {
        _forge.WriteUInt32(offset, value);

        await SnpForge.AssertFailsAsync(_forge.JudgeAsync(), "report.structure", VerdictReason.Malformed);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(48)]
    [InlineData(0x2a0)]
    [InlineData(0x4a0 - 1)]
    [InlineData(0x4a0 + 1)]
    [InlineData(0x4a0 + 16)]
    [Trait("Security", "A18")]
    public async Task Verify_OtherLength_IsMalformed(int length)
    {
        byte[] report = _forge.Build();
        Array.Resize(ref report, length);

        await SnpForge.AssertFailsAsync(
            SnpForge.JudgeAsync(report, _forge.Pki.Anchor(), _forge.Pki.Collateral()), "report.structure", VerdictReason.Malformed);
    }

    [Fact]
    public async Task Verify_NoBytes_SaysEmptyReport()
    {
        Verdict verdict = await SnpForge.JudgeAsync([], SnpTrustAnchor.Amd, null);

        Assert.Equal((VerdictReason.Malformed, "empty report"), (verdict.Reason, verdict.Summary));
    }

    [Fact]
    [Trait("Security", "A18")]
    public async Task Verify_EveryBitOfReportFlipped_IsRefusedWithoutException()
    {
        byte[] report = _forge.Build();
        SnpTrustAnchor anchor = _forge.Pki.Anchor();
        SnpCollateral collateral = _forge.Pki.Collateral();
        for (int bit = 0; bit < report.Length * 8; bit++)
        {
            report[bit / 8] ^= (byte)(1 << (bit % 8));

            Verdict verdict = await SnpForge.JudgeAsync(report, anchor, collateral);

            report[bit / 8] ^= (byte)(1 << (bit % 8));
            bool isKnown = verdict.Reason is VerdictReason.SignatureInvalid or VerdictReason.Malformed or VerdictReason.Unsupported
                or VerdictReason.Mismatch;
            Assert.True(isKnown && verdict.Checks.Count(c => c.Outcome == VerdictCheckOutcome.Failed) == 1, $"bit {bit}: {verdict}");
        }

        Assert.True((await SnpForge.JudgeAsync(report, anchor, collateral)).IsAccepted);
    }

    [Fact]
    [Trait("Security", "A18")]
    public async Task Verify_RandomReports_NeverThrows()
    {
        SnpTrustAnchor anchor = _forge.Pki.Anchor();
        SnpCollateral collateral = _forge.Pki.Collateral();
        var random = new Random(20260611);
        byte[] template = _forge.Build();
        for (int i = 0; i < 5000; i++)
        {
            byte[] report = i % 2 == 0 ? new byte[random.Next(0x4a0 + 2)] : [.. template];
            random.NextBytes(i % 2 == 0 ? report : report.AsSpan(random.Next(report.Length / 2), random.Next(64)));

            Verdict verdict = await SnpForge.JudgeAsync(report, anchor, collateral);

            Assert.True(!verdict.IsAccepted || report.AsSpan().SequenceEqual(template), $"input {i}: {verdict}");
        }
    }

    private void SetVersion(uint version)
    {
        _forge.WriteUInt32(0, version);
        if (version < 3)
        {
            _forge.Fill(0x188, 3, 0);
        }

        if (version < 5)
        {
            _forge.Fill(0x1f8, 16, 0);
        }
    }
}
