using System.Collections.Immutable;

namespace MarbleRun.Management;

/// <summary>The progress of an update.</summary>
public sealed class UpdateResult
{
    internal UpdateResult(
        int missingAcknowledgments, ImmutableArray<string> missingUsers, ImmutableDictionary<string, ReadOnlyMemory<byte>> recoverySecrets)
    {
        MissingAcknowledgments = missingAcknowledgments;
        MissingUsers = missingUsers;
        RecoverySecrets = recoverySecrets;
    }

    /// <summary>Whether the update is in force.</summary>
    public bool IsApplied => MissingAcknowledgments == 0;

    /// <summary>The number of users who must still agree.</summary>
    public int MissingAcknowledgments { get; }

    /// <summary>The users who have not agreed yet. With a threshold, not all of them have to agree.</summary>
    public ImmutableArray<string> MissingUsers { get; }

    /// <summary>
    /// The new recovery secrets, each encrypted under the recovery key of that name. Set only if the update changed the recovery keys. They
    /// cannot be fetched again: store them.
    /// </summary>
    public ImmutableDictionary<string, ReadOnlyMemory<byte>> RecoverySecrets { get; }
}
