namespace MarbleRun.Coordinator.Diagnostics;

/// <summary>The outcome of a recovery secret that was sent.</summary>
internal enum RecoveryOutcome
{
    /// <summary>The secret was refused.</summary>
    Rejected = 0,

    /// <summary>The secret is genuine; others are missing.</summary>
    Accepted,

    /// <summary>The secret was the last missing one: the state is open.</summary>
    Recovered,
}

internal static class RecoveryOutcomeExtensions
{
    public static string ToLabel(this RecoveryOutcome outcome) => outcome switch
    {
        RecoveryOutcome.Accepted => "accepted",
        RecoveryOutcome.Recovered => "recovered",
        _ => "rejected",
    };
}
