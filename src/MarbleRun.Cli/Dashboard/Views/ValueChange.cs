namespace MarbleRun.Cli.Dashboard.Views;

/// <summary>One difference between two manifests.</summary>
/// <param name="Path">The names from the section to the value.</param>
/// <param name="Kind">What happens, in one word.</param>
/// <param name="Before">The JSON before; null if it was not there.</param>
/// <param name="After">The JSON after; null if it is not there any more.</param>
internal sealed record ValueChange(string Path, string Kind, string? Before, string? After);
