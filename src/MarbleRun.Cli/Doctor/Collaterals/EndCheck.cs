using System.Globalization;
using MarbleRun.Attestation.Inspection;

namespace MarbleRun.Cli.Doctor.Collaterals;

/// <summary>Until when each document is valid.</summary>
internal sealed class EndCheck() : DoctorCheck("collateral.end", "end of every document", "docs/collateral.md#a-bundle")
{
    private const string Remedy = "Fetch the collateral again: have the PCCS refresh its cache, or run marblerun collateral fetch.";

    private static readonly TimeSpan s_soon = TimeSpan.FromDays(7);

    public override async Task<IReadOnlyList<Finding>> RunAsync(Examination examination, CancellationToken cancellationToken)
    {
        IReadOnlyList<CollateralFacts> all = await examination.CollateralAsync();
        return
        [
            .. all.SelectMany(f => f.Documents)
                .Where(d => d.ValidUntil is not null)
                .DistinctBy(d => (d.Name, d.ValidUntil))
                .Select(d => Judge(d, examination.Now)),
        ];
    }

    private Finding Judge(CollateralDocument document, DateTimeOffset now)
    {
        TimeSpan rest = document.ValidUntil!.Value - now;
        string found = string.Create(
            CultureInfo.InvariantCulture,
            $"{document.Name}: {(rest < TimeSpan.Zero ? "ended" : "ends")} {document.ValidUntil:yyyy-MM-dd HH:mm}Z "
            + $"({(rest < TimeSpan.Zero ? $"{-rest.TotalDays:F0} days ago" : $"in {rest.TotalDays:F0} days")})");
        return rest < TimeSpan.Zero ? Fail(found, "a document that is valid now", Remedy)
            : rest < s_soon ? Warn(found, $"{s_soon.TotalDays:F0} days or more", Remedy)
            : Good(found);
    }
}
