using MarbleRun.Attestation.Checks;
using MarbleRun.Attestation.Collateral;

namespace MarbleRun.Attestation.Dcap;

/// <summary>
/// The verification of one quote: first the evidence, which needs no other data, then the platform, which needs collateral.
/// </summary>
/// <param name="context">The initial data: the quote, or the failure to read it.</param>
/// <param name="chains">The chains that were verified before.</param>
internal sealed class DcapVerification(DcapContext context, PckChainCache chains)
{
    private readonly CheckRun<DcapContext> _checks = new(DcapChecks.All);
    private DcapContext _context = context;

    /// <summary>The request to a provider, after the evidence was verified.</summary>
    public DcapCollateralRequest CollateralRequest => _context.Request;

    /// <summary>The chain that verified the evidence; null before, and if the evidence is not genuine.</summary>
    public PckChain? ProvenChain { get; private set; }

    /// <summary>
    /// Checks a quote that only names its platform. Returns null if its attestation key signed it, and its quoting enclave's report names
    /// that key. This proves no platform, but nothing is fetched for a quote that fails here.
    /// </summary>
    public Verdict? RejectUnsigned() => new CheckRun<DcapContext>(DcapChecks.OfNamed).Through(DcapRules.QuoteSignature, _context);

    /// <summary>Null if a platform under the anchor made the quote, and its certificates are valid.</summary>
    /// <param name="given">The collateral that is available before anything is fetched.</param>
    /// <param name="chainFault">
    /// The reason why a provider returned no chain for a quote that only names its platform; null if no provider was asked.
    /// </param>
    /// <param name="now">The time at which the certificates must be valid.</param>
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

    /// <summary>Runs the remaining checks with the available collateral.</summary>
    public Verdict JudgePlatform() => _checks.Through(DcapRules.TdxModule, _context) ?? _checks.Finish(_context.Evaluated());

    /// <summary>Runs the remaining checks with the collateral of a provider.</summary>
    public Verdict JudgeFetched(PreparedCollateral collateral, DateTimeOffset now)
    {
        _context = _context with { Given = collateral, Now = now };
        return JudgePlatform();
    }

    /// <summary>Ends the verification if a provider returned no collateral.</summary>
    public Verdict RejectForFetch(string fault) => _checks.Finish(_context with { FetchFault = fault });
}
