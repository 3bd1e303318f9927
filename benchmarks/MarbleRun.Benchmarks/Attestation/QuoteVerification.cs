using BenchmarkDotNet.Attributes;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Dcap;

namespace MarbleRun.Benchmarks.Attestation;

/// <summary>A whole verdict, beside the bare cost of the signatures that can't be avoided.</summary>
[Config(typeof(RatioConfig))]
public class QuoteVerification
{
    private SimulatedEvidence _evidence = null!;
    private BareSignatures _bare = null!;
    private DcapQuoteVerifier _warm = null!;

    [Params(TeeType.Sgx, TeeType.Tdx)]
    public TeeType Tee { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        _evidence = new SimulatedEvidence(Tee);
        _bare = new BareSignatures(_evidence, Tee);
        _warm = new DcapQuoteVerifier(_evidence.Anchor, _evidence.Collateral, TimeProvider.System);

        // What is refused early would be fast.
        Require(Bare());
        Require(Warm().IsAccepted);
        Require(Cold().IsAccepted);
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        _bare.Dispose();
        _evidence.Dispose();
    }

    /// <summary>Two verifications of ECDSA P-256, one of them with the import of its key.</summary>
    [Benchmark(Baseline = true)]
    public bool Bare() => _bare.Verify();

    /// <summary>The verifier has seen the platform and its collateral before.</summary>
    [Benchmark]
    public Verdict Warm() => Judge(_warm);

    /// <summary>The verifier reads and checks everything for the first time.</summary>
    [Benchmark]
    public Verdict Cold() => Judge(new DcapQuoteVerifier(_evidence.Anchor, _evidence.Collateral, TimeProvider.System));

    // Without a provider a verdict is there at once.
    private Verdict Judge(DcapQuoteVerifier verifier) =>
        verifier.VerifyAsync(_evidence.Quote, _evidence.Expectation).AsTask().GetAwaiter().GetResult();

    private static void Require(bool condition)
    {
        if (!condition)
        {
            throw new InvalidOperationException("The evidence of the benchmark is not accepted.");
        }
    }
}
