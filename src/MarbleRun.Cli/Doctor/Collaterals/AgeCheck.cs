using System.Globalization;
using MarbleRun.Attestation.Inspection;

namespace MarbleRun.Cli.Doctor.Collaterals;

/// <summary>How old TCB info and QE identity are: Intel signs new ones each day.</summary>
internal sealed class AgeCheck() : DoctorCheck("collateral.age", "age of TCB info and QE identity", "docs/collateral.md#downgrades")
{
    private static readonly TimeSpan s_most = TimeSpan.FromDays(14);

    public override async Task<IReadOnlyList<Finding>> RunAsync(Examination examination, CancellationToken cancellationToken)
    {
        IReadOnlyList<CollateralFacts> all = await examination.CollateralAsync();
        CollateralDocument? oldest = all.SelectMany(f => f.Documents)
            .Where(d => d.TcbEvaluationDataNumber is not null && d.IssuedAt is not null)
            .MinBy(d => d.IssuedAt);
        if (oldest is null)
        {
            return [];
        }

        TimeSpan age = examination.Now - oldest.IssuedAt!.Value;
        string found = string.Create(
            CultureInfo.InvariantCulture, $"the {oldest.Name} was signed {Math.Max(0, age.TotalDays):F0} days ago");
        return age <= s_most
            ? [Good(found)]
            : [Warn(
                found,
                $"{s_most.TotalDays:F0} days at most: an older one may be from before a TCB recovery",
                "Have the PCCS refresh its cache, or fill the bundle again.")];
    }
}
