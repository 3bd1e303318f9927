using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;

namespace MarbleRun.Cli.Doctor.Collaterals;

/// <summary>How the platform will be judged when Intel's early set becomes the standard one.</summary>
internal sealed class EarlyCheck() : DoctorCheck(
    "collateral.early", "patch level with Intel's early set", "docs/collateral.md#downgrades")
{
    public override async Task<IReadOnlyList<Finding>> RunAsync(Examination examination, CancellationToken cancellationToken)
    {
        IReadOnlyList<CollateralFacts> all = await examination.CollateralAsync();
        return [.. all.Where(f => f.EarlyVerdict is not null).Select(f => Judge(f, f.EarlyVerdict!))];
    }

    private Finding Judge(CollateralFacts facts, Verdict early)
    {
        TcbStatus status = early.Claims?.TcbStatus ?? TcbStatus.Unknown;
        string found = TcbJudgement.Describe(facts.Subject, early, facts.EarlyGaps)
            + (early.Claims?.Platform?.TcbEvaluationDataNumber is { } number ? $", set {number}" : string.Empty);
        return TcbJudgement.Level(status) == FindingLevel.Good
            ? Good(found)
            : Warn(
                found,
                $"{TcbStatus.UpToDate}: this set will be required in some months",
                TcbJudgement.Remedy(status));
    }
}
