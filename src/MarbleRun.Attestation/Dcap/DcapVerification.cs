using MarbleRun.Attestation.Checks;
using MarbleRun.Attestation.Collateral;

namespace MarbleRun.Attestation.Dcap;

/// <summary>
/// One quote on its way to a verdict: first the evidence, which needs nothing else, then the platform, which needs collateral.
/// </summary>
/// <param name="context">What is known at first: the quote, read or not.</param>
/// <param name="chains">The chains that led to the anchor before.</param>
internal sealed class DcapVerification(DcapContext context, PckChainCache chains)
{
    private readonly CheckRun<DcapContext> _checks = new(DcapChecks.All);
    private DcapContext _context = context;

    /// <summary>What to ask a provider for, when the evidence was found to be good.</summary>
    public DcapCollateralRequest CollateralRequest => _context.Request;

    /// <summary>The chain under which the evidence was found to be genuine; null before, or if it is not.</summary>
    public PckChain? ProvenChain { get; private set; }

    /// <summary>
    /// Null if a quote that only names its platform holds together: its attestation key signed it, and its quoting enclave's report names
    /// that key. It proves no platform, but nothing is fetched for what fails here.
    /// </summary>
    public Verdict? RejectUnsigned() => new CheckRun<DcapContext>(DcapChecks.OfNamed).Through(DcapRules.QuoteSignature, _context);

    /// <summary>Null if a platform under the anchor made the quote, and its certificates are valid.</summary>
    /// <param name="given">What is there before anything is fetched.</param>
    /// <param name="chainFault">Why a provider gave no chain for a quote that only names its platform; null if none was asked.</param>
    /// <param name="now">When the certificates must be valid.</param>
    public Verdict? JudgeEvidence(DcapCollateral? given, string? chainFault, DateTimeOffset now)
    {
        _context = _context.WithChain(given, chainFault, chains) with { Now = now };
        if (_checks.Through(DcapRules.QuoteSignature, _context) is { } foreign)
        {
            return foreign;
        }

        if (!_context.IsKnown)
        {
            chains.Keep(_context.ChainPem.Span, _context.Chain);
        }

        ProvenChain = _context.Chain;
        _context = _context.Traced();
        return _checks.Through(DcapRules.ChainValidity, _context);
    }

    /// <summary>The rest, with the collateral that is there.</summary>
    public Verdict JudgePlatform() => _checks.Through(DcapRules.TdxModule, _context) ?? _checks.Finish(_context.Evaluated());

    /// <summary>The rest, with collateral that a provider gave.</summary>
    public Verdict JudgeFetched(PreparedCollateral collateral, DateTimeOffset now)
    {
        _context = _context with { Given = collateral, Now = now };
        return JudgePlatform();
    }

    /// <summary>The end, when a provider gave nothing.</summary>
    public Verdict RejectForFetch(string fault) => _checks.Finish(_context with { FetchFault = fault });
}
