namespace MarbleRun;

/// <summary>Why an activation failed.</summary>
public enum MarbleActivationFailure
{
    /// <summary>Not specified.</summary>
    Unknown = 0,

    /// <summary>The Coordinator did not answer within <see cref="MarbleOptions.ActivationTimeout"/>.</summary>
    TimedOut,

    /// <summary>No connection to the Coordinator was established within <see cref="MarbleOptions.ActivationTimeout"/>.</summary>
    CoordinatorUnreachable,

    /// <summary>
    /// The Coordinator has no manifest, or waits for recovery, even after <see cref="MarbleOptions.ActivationTimeout"/>.
    /// </summary>
    CoordinatorNotReady,

    /// <summary>The Coordinator refused this Marble.</summary>
    Denied,

    /// <summary>The reply is incomplete or contradictory; nothing from it was applied.</summary>
    InvalidReply,

    /// <summary>The reply is valid, but its parameters cannot be applied here.</summary>
    ParametersNotApplied,

    /// <summary>The UUID file cannot be read or written.</summary>
    InstanceIdUnavailable,

    /// <summary>
    /// The Coordinator is not trusted by <see cref="MarbleOptions.CoordinatorTrust"/>; nothing from it was applied.
    /// </summary>
    CoordinatorUntrusted,
}
