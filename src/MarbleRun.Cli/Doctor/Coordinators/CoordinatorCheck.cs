namespace MarbleRun.Cli.Doctor.Coordinators;

/// <summary>A check of the Coordinator that the user named; it does not apply without an address.</summary>
internal abstract class CoordinatorCheck(string id, string title, string docs) : DoctorCheck(id, title, docs)
{
    // Includes the verification of its quote.
    public override TimeSpan Limit => TimeSpan.FromSeconds(60);

    public sealed override async Task<IReadOnlyList<Finding>> RunAsync(Examination examination, CancellationToken cancellationToken) =>
        examination.Options.Address is null ? [] : [.. Look(examination, await examination.CoordinatorAsync())];

    protected abstract IEnumerable<Finding> Look(Examination examination, CoordinatorFacts coordinator);
}
