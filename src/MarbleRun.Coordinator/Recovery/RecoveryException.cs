namespace MarbleRun.Coordinator.Recovery;

/// <summary>A step of recovery was refused; the message may go to the caller, and contains no secret.</summary>
internal sealed class RecoveryException(RecoveryFailure failure, string message, Exception? innerException = null)
    : MarbleRunException(message, innerException!)
{
    public RecoveryFailure Failure { get; } = failure;
}

/// <summary>The reason of a refused step of recovery.</summary>
internal enum RecoveryFailure
{
    /// <summary>There is nothing to recover, or it is recovered already.</summary>
    NotInRecovery,

    /// <summary>Another Coordinator has the state.</summary>
    NotNeeded,

    /// <summary>Too many calls wait for their turn.</summary>
    Busy,

    /// <summary>The secret does not have a length that is valid in this deployment.</summary>
    InvalidLength,

    /// <summary>The secret was not encrypted with the key of this Coordinator's run.</summary>
    NotDecrypted,

    /// <summary>The secret belongs to no recovery key of the sealed state.</summary>
    UnknownSecret,

    /// <summary>The secret was accepted before.</summary>
    AlreadyGiven,

    /// <summary>The signature is missing, or is not that of the party that owns the secret.</summary>
    NotSigned,

    /// <summary>A recovery key of the manifest cannot be used.</summary>
    UnusableKey,

    /// <summary>The recovery data beside the sealed state are damaged, or belong to another state.</summary>
    DamagedData,
}
