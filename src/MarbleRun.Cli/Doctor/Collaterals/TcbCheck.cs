using MarbleRun.Attestation.Claims;

namespace MarbleRun.Cli.Doctor.Collaterals;

/// <summary>How well the platform is patched, component by component.</summary>
internal sealed class TcbCheck() : DoctorCheck(
    "collateral.tcb", "patch level of the platform, by component", "docs/attestation-verdicts.md")
{
    public override async Task<IReadOnlyList<Finding>> RunAsync(Examination examination, CancellationToken cancellationToken)
    {
        IReadOnlyList<CollateralFacts> all = await examination.CollateralAsync();
        return [.. all.Where(f => f.Documents.Length > 0).Select(f => f.Verdict.Claims?.Snp is { } snp ? JudgeSnp(f, snp) : Judge(f))];
    }

    private Finding Judge(CollateralFacts facts)
    {
        TcbStatus status = facts.Verdict.Claims?.TcbStatus ?? TcbStatus.Unknown;
        string found = TcbJudgement.Describe(facts.Subject, facts.Verdict, facts.Gaps);
        return TcbJudgement.Level(status) switch
        {
            FindingLevel.Good => Good(found),
            FindingLevel.Warning => Warn(found, nameof(TcbStatus.UpToDate), TcbJudgement.Remedy(status)),
            _ => Fail(
                status == TcbStatus.Unknown ? $"{found}: {facts.Verdict.Summary}" : found,
                nameof(TcbStatus.UpToDate),
                TcbJudgement.Remedy(status)),
        };
    }

    /// <summary>AMD has no list of levels; the report itself shows whether the host holds versions back.</summary>
    private Finding JudgeSnp(CollateralFacts facts, SnpClaims snp)
    {
        string found = $"{facts.Subject}: {snp.ReportedTcbParts}";
        return !facts.Verdict.IsAccepted
            ? Fail(
                $"{found}: {facts.Verdict.Summary}",
                "a genuine report",
                "Look at the verdict: marblerun quote verify with the same --collateral.")
            : snp is { ReportedTcbParts: { } reported, CurrentTcbParts: { } current } && !reported.IsAtLeast(current)
            ? Warn(
                $"{found}; the machine runs {current}, and reports less",
                "a reported TCB that is the current one",
                "The host holds the reported TCB back (SNP_CONFIG): have it commit the new firmware.")
            : Good(found);
    }
}
