namespace MarbleRun.Coordinator.Recovery;

/// <summary>Why a step of recovery was refused.</summary>
internal enum RecoveryFailure
{
    /// <summary>There is nothing to recover, or not any more.</summary>
    NotInRecovery,

    /// <summary>Too many calls wait for their turn.</summary>
    Busy,

    /// <summary>The secret has no length that a secret of this deployment can have.</summary>
    InvalidLength,

    /// <summary>The secret was not encrypted with the key of this Coordinator's run.</summary>
    NotDecrypted,

    /// <summary>The secret belongs to no recovery key of the sealed state.</summary>
    UnknownSecret,

    /// <summary>The secret is there already.</summary>
    AlreadyGiven,

    /// <summary>The signature is missing, or is not that of the party whom the secret belongs to.</summary>
    NotSigned,

    /// <summary>A recovery key of the manifest cannot be used.</summary>
    UnusableKey,

    /// <summary>The recovery data beside the sealed state are damaged, or belong to another state.</summary>
    DamagedData,
}
