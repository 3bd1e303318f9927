namespace MarbleRun.Cli.Quotes;

/// <summary>The user's options of <c>quote verify</c>.</summary>
internal sealed record VerifyOptions(
    string File, string? Collateral, string? TrustedRoot, string? At, bool AllowDebug, bool Json, string Format)
{
    /// <summary>Whether the development root of this machine's simulation is trusted, and no vendor's root.</summary>
    public bool Simulation { get; init; }

    public ExpectedCode Expected { get; init; } = new();
}
