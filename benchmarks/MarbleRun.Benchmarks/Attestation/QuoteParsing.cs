using BenchmarkDotNet.Attributes;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Dcap;

namespace MarbleRun.Benchmarks.Attestation;

/// <summary>Cutting a quote into its parts: version 3 for SGX, version 4 for TDX.</summary>
[Config(typeof(RatioConfig))]
public class QuoteParsing
{
    private Quote _quote = null!;

    [Params(TeeType.Sgx, TeeType.Tdx)]
    public TeeType Tee { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        using var evidence = new SimulatedEvidence(Tee);
        _quote = evidence.Quote;
    }

    [Benchmark]
    public DcapQuoteContent Parse() =>
        DcapQuoteContent.TryRead(_quote, out DcapQuoteContent? content, out string? fault)
            ? content
            : throw new InvalidOperationException(fault);
}
