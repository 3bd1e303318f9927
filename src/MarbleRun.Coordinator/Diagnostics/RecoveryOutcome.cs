namespace MarbleRun.Coordinator.Diagnostics;

/// <summary>What became of a recovery secret that was sent.</summary>
internal enum RecoveryOutcome
{
    /// <summary>It was refused.</summary>
    Rejected = 0,

    /// <summary>It is genuine; others are missing.</summary>
    Accepted,

    /// <summary>It was the last one that was missing: the state is open.</summary>
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
