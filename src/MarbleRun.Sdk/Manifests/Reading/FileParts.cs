namespace MarbleRun.Manifests.Reading;

/// <summary>The structure of a file as it is written, before its data is decoded.</summary>
internal sealed record FileParts
{
    public string Data { get; init; } = string.Empty;

    public string Encoding { get; init; } = string.Empty;

    public bool NoTemplates { get; init; }
}
