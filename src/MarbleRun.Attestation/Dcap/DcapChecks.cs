using System.Collections.Immutable;
using MarbleRun.Attestation.Checks;
using MarbleRun.Attestation.Policy;

namespace MarbleRun.Attestation.Dcap;

/// <summary>The checks of a quote of SGX or TDX, in order.</summary>
internal static class DcapChecks
{
    private static readonly Check<DcapContext> s_structure = new(DcapRules.Structure, c => c.QuoteFailure);
    private static readonly Check<DcapContext> s_qeBinding = new(DcapRules.QeBinding, c => DcapSignatures.CheckQeBinding(c.Quote));
    private static readonly Check<DcapContext> s_quoteSignature = new(DcapRules.QuoteSignature, c => DcapSignatures.CheckQuote(c.Quote));

    // The checks of the chain itself depend neither on the time nor on the quote: of a chain that passed before, only the key is used.
    private static readonly ImmutableArray<Check<DcapContext>> s_chain =
    [
        new(DcapRules.ChainStructure, c => c.ChainFailure),
        new(DcapRules.ChainRoot, c => c.IsKnown ? null : c.Chain.CheckRoot(c.Anchor)),
        new(DcapRules.ChainPath, c => c.IsKnown ? null : c.Chain.CheckPath()),
        new(DcapRules.ChainPck, c => c.IsKnown ? null : c.Chain.CheckPck()),
        new(DcapRules.QeSignature, c => DcapSignatures.CheckQeReport(c.Quote, c.Chain)),
    ];

    private static readonly ImmutableArray<Check<DcapContext>> s_rest =
    [
        new(DcapRules.ChainValidity, c => c.Chain.CheckValidity(c.Now)),
        new(DcapRules.CollateralAvailable, c => c.FetchFailure) { When = c => c.AsksSource },
        .. DcapCollateralChecks.All,

        // Does it meet the expectation?
        PackagePolicy.ReportData.For<DcapContext>(),
        .. PackagePolicy.OfDcap.Select(c => c.For<DcapContext>()),
        .. PlatformPolicy.OfDcap.Select(c => c.For<DcapContext>()),
        .. TcbPolicy.Checks.Select(JudgedByCollateral),
    ];

    /// <summary>The checks of a quote.</summary>
    public static ImmutableArray<Check<DcapContext>> All { get; } = [s_structure, .. s_chain, s_qeBinding, s_quoteSignature, .. s_rest];

    /// <summary>The checks of a quote that only names its platform, before anything is fetched: its own signatures come first.</summary>
    public static ImmutableArray<Check<DcapContext>> OfNamed { get; } = [s_structure, s_qeBinding, s_quoteSignature, .. s_chain, .. s_rest];

    // Without collateral, there is no TCB status to check.
    private static Check<DcapContext> JudgedByCollateral(Check<CheckContext> check) =>
        new(check.Rule, c => c.CheckComplete() ?? (c.JudgesEvidenceAlone ? null : check.Find(c))) { When = check.When };
}
