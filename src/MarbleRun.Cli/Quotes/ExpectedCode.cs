namespace MarbleRun.Cli.Quotes;

/// <summary>The values that the user expects in the evidence, as in the options; null is not compared.</summary>
internal sealed record ExpectedCode
{
    public string? UniqueId { get; init; }

    public string? SignerId { get; init; }

    public ushort? ProductId { get; init; }

    public ushort? SecurityVersion { get; init; }

    public string? MrTd { get; init; }

    public string? Measurement { get; init; }

    public string? ReportData { get; init; }

    /// <summary>The file of the manifest that contains the expected <see cref="Package"/>.</summary>
    public string? Manifest { get; init; }

    public string? Package { get; init; }

    /// <summary>Whether the options specify code individually.</summary>
    public bool NamesCode =>
        UniqueId is not null
        || SignerId is not null
        || ProductId is not null
        || SecurityVersion is not null
        || MrTd is not null
        || Measurement is not null;
}
