using System.Collections.Immutable;
using MarbleRun.Attestation.Checks;
using MarbleRun.Attestation.Policy;

namespace MarbleRun.Attestation.Snp;

/// <summary>The checks of a report of SEV-SNP, in order.</summary>
internal static class SnpChecks
{
    public static ImmutableArray<Check<SnpContext>> All { get; } =
    [
        new(SnpRules.Structure, c => c.ReportFailure),
        new(SnpRules.CollateralAvailable, c => c.FetchFailure) { When = c => c.AsksSource },

        // Do the certificates lead to a trusted root?
        new(SnpRules.ChainStructure, c => c.ChainFailure),
        new(SnpRules.ChainRoot, c => c.RootFailure),
        new(SnpRules.ChainPath, c => c.Chain.CheckPath(c.Root)),
        new(SnpRules.ChainVek, c => c.VekFailure),

        // Did the platform of these certificates make the report?
        new(SnpRules.SigningKey, c => SnpBinding.CheckSigningKey(c.Report, c.Vek)),
        new(SnpRules.ReportSignature, c => SnpReportSignature.Check(c.Report, c.Chain.Vek)),
        new(SnpRules.Product, c => SnpBinding.CheckProduct(c.Report, c.Vek)),
        new(SnpRules.Tcb, c => SnpBinding.CheckTcb(c.Report, c.Vek)),
        new(SnpRules.ChipId, c => SnpBinding.CheckChipId(c.Report, c.Vek)),

        // Are the certificates valid now?
        new(SnpRules.ChainValidity, c => c.Chain.CheckValidity(c.Root, c.Now)),
        new(SnpRules.Revocation, c => c.CheckRevocation()) { When = c => c.ChecksRevocation },

        // Does it meet the expectation?
        PackagePolicy.ReportData.For<SnpContext>(),
        .. PackagePolicy.OfSnp.Select(c => c.For<SnpContext>()),
        .. PlatformPolicy.OfSnp<SnpContext>(c => c.Root.Certificate.Der),
    ];
}
