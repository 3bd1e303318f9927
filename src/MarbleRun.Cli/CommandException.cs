namespace MarbleRun.Cli;

/// <summary>Ends a run with a message and one of <see cref="ExitCodes"/>.</summary>
internal sealed class CommandException(int exitCode, string message, Exception? cause = null) : Exception(message, cause)
{
    public int ExitCode => exitCode;
}
