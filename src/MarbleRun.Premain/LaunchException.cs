namespace MarbleRun.Premain;

/// <summary>The launcher cannot start the service; the message says why and what to do.</summary>
/// <param name="message">The message.</param>
/// <param name="isUsage">Whether the command line is at fault.</param>
internal sealed class LaunchException(string message, bool isUsage = false) : Exception(message)
{
    public bool IsUsage { get; } = isUsage;
}
