namespace MarbleRun.Management.Updates;

/// <summary>The progress of an update.</summary>
public sealed class UpdateResult
{
    /// <summary>Initializes a new instance of the <see cref="UpdateResult"/> class.</summary>
    /// <param name="missingAcknowledgments">The number of users who must still agree.</param>
    /// <param name="missingUsers">The users who have not agreed yet.</param>
    /// <param name="recoverySecrets">The new recovery secrets by the names of their recovery keys.</param>
    public UpdateResult(
        int missingAcknowledgments, IReadOnlyList<string> missingUsers, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> recoverySecrets)
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
    public IReadOnlyList<string> MissingUsers { get; }

    /// <summary>
    /// The new recovery secrets, each encrypted under the recovery key of that name. Set only if the update changed the recovery keys. They
    /// cannot be fetched again: store them.
    /// </summary>
    public IReadOnlyDictionary<string, ReadOnlyMemory<byte>> RecoverySecrets { get; }
}
