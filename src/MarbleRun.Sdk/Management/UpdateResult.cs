using System.Collections.Immutable;

namespace MarbleRun.Management;

/// <summary>How far an update is.</summary>
public sealed class UpdateResult
{
    internal UpdateResult(int missingAcknowledgments, ImmutableArray<string> missingUsers, ImmutableDictionary<string, ReadOnlyMemory<byte>> recoverySecrets)
    {
        MissingAcknowledgments = missingAcknowledgments;
        MissingUsers = missingUsers;
        RecoverySecrets = recoverySecrets;
    }

    /// <summary>Whether the update is in force.</summary>
    public bool IsApplied => MissingAcknowledgments == 0;

    /// <summary>How many users must still agree.</summary>
    public int MissingAcknowledgments { get; }

    /// <summary>Who has not agreed yet. With a threshold they may be more than are needed.</summary>
    public ImmutableArray<string> MissingUsers { get; }

    /// <summary>
    /// By the name of each recovery key, the new recovery secret encrypted under it. Only when the update changed the recovery keys; it cannot be fetched again: store it.
    /// </summary>
    public ImmutableDictionary<string, ReadOnlyMemory<byte>> RecoverySecrets { get; }
}
