namespace MarbleRun.Cli.Doctor;

/// <summary>One check. It changes nothing.</summary>
/// <param name="id">The group, a point, and the name; it never changes.</param>
/// <param name="title">What it looks at, for the table of all checks.</param>
/// <param name="docs">The document that explains it, with its heading: a path in the repository.</param>
internal abstract class DoctorCheck(string id, string title, string docs)
{
    public string Id => id;

    public string Title => title;

    public string Docs => docs;

    public string Group => id[..id.IndexOf('.', StringComparison.Ordinal)];

    /// <summary>How long it may take.</summary>
    public virtual TimeSpan Limit => TimeSpan.FromSeconds(15);

    /// <summary>Looks.</summary>
    /// <returns>The findings; empty if the check does not apply here.</returns>
    public abstract Task<IReadOnlyList<Finding>> RunAsync(Examination examination, CancellationToken cancellationToken);

    public Finding Good(string found) => new(this, FindingLevel.Good, found);

    public Finding Warn(string found, string expected, string remedy) => new(this, FindingLevel.Warning, found)
    {
        Expected = expected,
        Remedy = remedy,
    };

    public Finding Fail(string found, string expected, string remedy) => new(this, FindingLevel.Error, found)
    {
        Expected = expected,
        Remedy = remedy,
    };
}

/// <summary>A check that waits for nothing, and has one finding at most.</summary>
internal abstract class SimpleCheck(string id, string title, string docs) : DoctorCheck(id, title, docs)
{
    public sealed override Task<IReadOnlyList<Finding>> RunAsync(Examination examination, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<Finding>>(Look(examination) is { } finding ? [finding] : []);

    /// <returns>The finding; null if the check does not apply here.</returns>
    protected abstract Finding? Look(Examination examination);
}
