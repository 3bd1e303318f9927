namespace MarbleRun.Cli;

/// <summary>The exit codes of a run.</summary>
internal static class ExitCodes
{
    public const int Ok = 0;

    /// <summary>The command did not do what it should, for a reason that has no code of its own.</summary>
    public const int Failed = 1;

    /// <summary>An argument, an option or a file that the user named can't be used.</summary>
    public const int Usage = 2;

    /// <summary>Evidence, a certificate or a signature was not accepted.</summary>
    public const int VerificationFailed = 3;

    /// <summary>The Coordinator, or a service, can't be reached.</summary>
    public const int Unreachable = 4;

    /// <summary>The Coordinator is genuine, and refused the request.</summary>
    public const int Refused = 5;

    /// <summary>The user ended the run (SIGINT): 128 and the number of the signal.</summary>
    public const int Interrupted = 130;

    /// <summary>The system ended the run (SIGTERM).</summary>
    public const int Terminated = 143;
}
