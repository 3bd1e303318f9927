using MarbleRun.Cli.Doctor.Collaterals;

namespace MarbleRun.Cli.Doctor.Hosts;

/// <summary>Nothing that is signed can be from the future.</summary>
internal sealed class SignedTimeCheck() : DoctorCheck(
    "clock.signed", "dates in certificates and collateral", "docs/threat-model.md#the-host-sets-environment-and-time")
{
    public override async Task<IReadOnlyList<Finding>> RunAsync(Examination examination, CancellationToken cancellationToken)
    {
        List<(string Name, DateTimeOffset From)> signed = [];
        foreach (CollateralFacts facts in await examination.CollateralAsync())
        {
            signed.AddRange(facts.Documents.Where(d => d.IssuedAt is not null).Select(d => ($"the {d.Name}", d.IssuedAt!.Value)));
        }

        if (examination.Options.Address is not null && (await examination.CoordinatorAsync()).Evidence is { } evidence)
        {
            signed.Add(("the root certificate of the Coordinator", evidence.Root.NotBefore.ToUniversalTime()));
            signed.Add(("the intermediate certificate of the Coordinator", evidence.Intermediate.NotBefore.ToUniversalTime()));
        }

        if (signed.Count == 0)
        {
            return [];
        }

        (string name, DateTimeOffset from) = signed.MaxBy(s => s.From);
        return from <= examination.Now
            ? [Good($"nothing of {signed.Count} dates is in the future")]
            : [Fail(
                $"{name} is valid from {from.UtcDateTime:u}, and this machine says {examination.Now.UtcDateTime:u}",
                "dates in the past",
                "The clock of this machine is behind, or that of the signer is ahead. Synchronize both (NTP).")];
    }
}
