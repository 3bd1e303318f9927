namespace MarbleRun.Cli.Doctor;

/// <summary>One line of the report.</summary>
/// <param name="Check">The check that made it.</param>
/// <param name="Level">How good it is.</param>
/// <param name="Found">What was found.</param>
internal sealed record Finding(DoctorCheck Check, FindingLevel Level, string Found)
{
    /// <summary>What was expected; null if the finding is good.</summary>
    public string? Expected { get; init; }

    /// <summary>What to do; null if the finding is good.</summary>
    public string? Remedy { get; init; }
}
