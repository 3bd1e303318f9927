namespace MarbleRun.Cli;

/// <summary>What a run ends with.</summary>
internal static class ExitCodes
{
    public const int Accepted = 0;
    public const int Invalid = 1;
    public const int Unreadable = 2;
    public const int Rejected = 3;
}
