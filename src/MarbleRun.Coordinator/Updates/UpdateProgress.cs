using System.Collections.Immutable;

namespace MarbleRun.Coordinator.Updates;

/// <summary>How far an update is.</summary>
/// <param name="Missing">How many acknowledgments are missing; 0 if the update is in force.</param>
/// <param name="MissingUsers">Who has not acknowledged; empty if the update is in force.</param>
/// <param name="RecoverySecrets">
/// By the party's name, its new secret, encrypted; null if the recovery keys did not change, or not yet.
/// </param>
internal sealed record UpdateProgress(
    int Missing, ImmutableArray<string> MissingUsers, ImmutableSortedDictionary<string, ReadOnlyMemory<byte>>? RecoverySecrets)
{
    public static UpdateProgress Waiting(State.PendingUpdate update) => new(update.Missing, update.MissingUsers, RecoverySecrets: null);

    public static UpdateProgress Applied(ImmutableSortedDictionary<string, ReadOnlyMemory<byte>>? recoverySecrets) =>
        new(0, [], recoverySecrets);

    /// <summary>The sentence of MarbleRun 1.9 about a number of missing acknowledgments.</summary>
    public static string Describe(int missing) =>
        missing == 1
            ? "1 user still needs to acknowledge the update manifest"
            : $"{missing} users still need to acknowledge the update manifest";
}
