namespace MarbleRun.Sdk.Tools;

/// <summary>The build cannot continue, for a reason that its author can correct.</summary>
/// <param name="message">What is wrong and what to do.</param>
/// <param name="file">The file with the error, if any.</param>
internal sealed class BuildException(string message, string? file = null) : Exception(message)
{
    public string? File { get; } = file;
}
