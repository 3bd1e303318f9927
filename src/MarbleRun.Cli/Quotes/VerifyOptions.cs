namespace MarbleRun.Cli.Quotes;

/// <summary>What the user asked <c>quote verify</c> for.</summary>
internal sealed record VerifyOptions(string File, string? Collateral, string? TrustedRoot, string? At, bool AllowDebug, bool Json, string Format);
