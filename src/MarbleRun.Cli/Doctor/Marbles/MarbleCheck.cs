namespace MarbleRun.Cli.Doctor.Marbles;

/// <summary>A check of the environment of a Marble; it does not apply where no variable of a Marble is set.</summary>
internal abstract class MarbleCheck(string id, string title, string docs) : DoctorCheck(id, title, docs)
{
    public const string Address = "EDG_MARBLE_COORDINATOR_ADDR";
    public const string MarbleType = "EDG_MARBLE_TYPE";
    public const string Names = "EDG_MARBLE_DNS_NAMES";
    public const string UuidFile = "EDG_MARBLE_UUID_FILE";

    public static bool Applies(Examination examination) =>
        examination.Machine.Variables.Keys.Any(v => v.StartsWith("EDG_MARBLE_", StringComparison.Ordinal));

    /// <summary>Whether the user named what this check looks at, so that it applies everywhere.</summary>
    protected virtual bool IsNamed(DoctorOptions options) => false;

    public sealed override async Task<IReadOnlyList<Finding>> RunAsync(Examination examination, CancellationToken cancellationToken) =>
        (Applies(examination) || IsNamed(examination.Options))
            && await LookAsync(examination, cancellationToken) is { } finding ? [finding] : [];

    protected abstract Task<Finding?> LookAsync(Examination examination, CancellationToken cancellationToken);
}
