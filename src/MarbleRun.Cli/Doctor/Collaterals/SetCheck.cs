using System.Globalization;

namespace MarbleRun.Cli.Doctor.Collaterals;

/// <summary>Whether TCB info and QE identity belong to the same TCB recovery.</summary>
internal sealed class SetCheck() : DoctorCheck("collateral.set", "numbers of Intel's TCB recovery", "docs/collateral.md#downgrades")
{
    public override async Task<IReadOnlyList<Finding>> RunAsync(Examination examination, CancellationToken cancellationToken)
    {
        IReadOnlyList<CollateralFacts> all = await examination.CollateralAsync();
        int[] numbers = [.. all.SelectMany(f => f.Documents).Select(d => d.TcbEvaluationDataNumber).OfType<int>().Distinct().Order()];
        string found = string.Join(", ", numbers.Select(n => n.ToString(CultureInfo.InvariantCulture)));
        return numbers.Length switch
        {
            0 => [],
            1 => [Good($"tcbEvaluationDataNumber {found}")],
            _ =>
            [
                Warn(
                    $"tcbEvaluationDataNumber {found}",
                    "one number in all documents",
                    "The source mixes two sets. Fetch all documents again, either the standard or the early ones."),
            ],
        };
    }
}
