using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Evidence;
using MarbleRun.TestSupport.Snp;
using Microsoft.Extensions.Time.Testing;

namespace MarbleRun.Tests.Attestation;

public sealed class EvidenceVerifierTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    private static QuoteExpectation Expectation =>
        new() { ReportData = ReportData.FromBytes(new byte[64]), Package = new PackageProperties() };

    [Fact]
    public async Task Verify_EachKind_GoesToItsVerifier()
    {
        var dcap = new Recorder();
        var snp = new Recorder();
        var verifier = new EvidenceVerifier(dcap, snp);
        byte[][] quotes = [[], [3, 0, 2, 0, 0], [4, 0, 2, 0, 0x81, 0, 0, 0], "noise"u8.ToArray()];
        foreach (byte[] quote in quotes)
        {
            await verifier.VerifyAsync(Quote.FromRaw(quote), Expectation, Cancellation);
        }

        await verifier.VerifyAsync(Quote.FromRaw(new SnpForge().Build()), Expectation, Cancellation);

        Assert.Equal((quotes.Length, 1), (dcap.Count, snp.Count));
    }

    [Fact]
    public async Task Verify_SnpWithoutVerifier_IsUnsupported()
    {
        Verdict verdict = await new EvidenceVerifier(new Recorder(), snp: null).VerifyAsync(
            Quote.FromRaw(new SnpForge().Build()), Expectation, Cancellation);

        Assert.Equal(VerdictReason.Unsupported, verdict.Reason);
        Assert.StartsWith("evidence.kind: expected a quote of Intel SGX or TDX, found ", verdict.Summary, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Security", "B10")]
    public async Task ForHardware_WithoutSource_RefusesForMissingCollateralAndForgedRoots()
    {
        var forge = new SnpForge();
        var hardware = EvidenceVerifier.ForHardware(provider: null, new FakeTimeProvider(SnpTestPki.Now));

        Assert.Equal(
            VerdictReason.CollateralMissing, (await hardware.VerifyAsync(Quote.FromRaw(forge.Build()), Expectation, Cancellation)).Reason);
        Verdict forged = await hardware.VerifyAsync(
            Quote.FromRaw([.. forge.Build(), .. CertificateTable.Of(forge.Pki)]), Expectation, Cancellation);
        Assert.Equal(("chain.root", VerdictReason.ChainUntrusted), SnpForge.Failure(forged));
        Assert.Equal(VerdictReason.Malformed, (await hardware.VerifyAsync(Quote.FromRaw([]), Expectation, Cancellation)).Reason);
    }

    private sealed class Recorder : IQuoteVerifier
    {
        public int Count { get; private set; }

        public ValueTask<Verdict> VerifyAsync(Quote quote, QuoteExpectation expectation, CancellationToken cancellationToken = default)
        {
            Count++;
            return ValueTask.FromResult(Verdict.Reject(VerdictReason.NotVerified, claims: null, []));
        }
    }
}
