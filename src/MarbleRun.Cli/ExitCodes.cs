namespace MarbleRun.Cli;

/// <summary>The exit codes of a run.</summary>
internal static class ExitCodes
{
    public const int Accepted = 0;
    public const int Invalid = 1;
    public const int Unreadable = 2;
    public const int Rejected = 3;
}
