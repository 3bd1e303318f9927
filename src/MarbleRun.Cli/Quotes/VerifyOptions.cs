namespace MarbleRun.Cli.Quotes;

/// <summary>The user's options of <c>quote verify</c>.</summary>
internal sealed record VerifyOptions(string File, EvidenceTrust Trust, string? At, bool AllowDebug, bool Json, string Format)
{
    public ExpectedCode Expected { get; init; } = new();
}
