namespace MarbleRun.Sdk.Tools;

/// <summary>The build cannot go on, for a reason that its author can mend.</summary>
/// <param name="message">What is wrong and what to do.</param>
/// <param name="file">The file that it is wrong in, if it is one.</param>
internal sealed class BuildException(string message, string? file = null) : Exception(message)
{
    public string? File { get; } = file;
}
