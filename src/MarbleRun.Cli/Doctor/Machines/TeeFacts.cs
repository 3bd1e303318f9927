using MarbleRun.Tee;

namespace MarbleRun.Cli.Doctor.Machines;

/// <summary>Which trusted execution environment there is.</summary>
internal sealed record TeeFacts
{
    /// <summary>Why it is missing, or why it can't be used; null if it was opened.</summary>
    public TeeStatus? Failure { get; init; }

    /// <summary>The message to <see cref="Failure"/>.</summary>
    public string Message { get; init; } = string.Empty;

    public string Provider { get; init; } = string.Empty;

    public TeeBackend Backend { get; init; }

    public TeeCapabilities Capabilities { get; init; }

    public bool Exists => Failure is null;
}
