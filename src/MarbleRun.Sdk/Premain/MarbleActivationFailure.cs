namespace MarbleRun.Activation;

/// <summary>Why an activation failed.</summary>
public enum MarbleActivationFailure
{
    /// <summary>Not told.</summary>
    Unknown = 0,

    /// <summary>The Coordinator did not answer within <see cref="MarbleOptions.ActivationTimeout"/>.</summary>
    TimedOut,

    /// <summary>No connection to the Coordinator came about within <see cref="MarbleOptions.ActivationTimeout"/>.</summary>
    CoordinatorUnreachable,

    /// <summary>The Coordinator has no manifest, or waits for recovery, still after <see cref="MarbleOptions.ActivationTimeout"/>.</summary>
    CoordinatorNotReady,

    /// <summary>The Coordinator refused this Marble.</summary>
    Denied,

    /// <summary>The reply is incomplete or contradicts itself; nothing of it was used.</summary>
    InvalidReply,

    /// <summary>The reply is good, but what it prescribes cannot be applied here.</summary>
    ParametersNotApplied,

    /// <summary>The UUID file cannot be read or written.</summary>
    InstanceIdUnavailable,

    /// <summary>The Coordinator is not one that <see cref="MarbleOptions.CoordinatorTrust"/> lets this Marble obey; nothing from it was applied.</summary>
    CoordinatorUntrusted,
}
