using MarbleRun.Audit;
using MarbleRun.Coordinator.Audit;
using MarbleRun.Coordinator.Manifests;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.Users;

namespace MarbleRun.Coordinator.Updates;

internal sealed partial class UpdateService
{
    /// <summary>One call after another, each on the newest state, with the user as that state knows him; a refusal is recorded.</summary>
    private async Task<T> InTurnAsync<T>(
        string action, MeshUser user, Func<CoordinatorState, Task<T>> decide, CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            CoordinatorState state = current.Value;
            RequireStillUser(state, user);
            return await decide(state);
        }
        catch (Exception exception) when (exception is ManifestRefusedException or NoUpdateException)
        {
            await audit.RecordRefusalAsync(action, AuditActor.Of(user), ("reason", exception.Message));
            throw;
        }
        finally
        {
            _turn.Release();
        }
    }

    private static (string Name, string Value) Fingerprint(string fingerprint) => ("manifestFingerprint", fingerprint);

    /// <summary>
    /// What the trail holds of a full update; that it may lower security versions is the starter's word, which acknowledgers do not see.
    /// </summary>
    private static (string Name, string Value)[] Details(UpdateRequest request, PendingUpdate update, bool isInForce) =>
    [
        Fingerprint(update.Fingerprint),
        ("inForce", isInForce ? "true" : "false"),
        .. request.AllowDowngrade ? [("allowDowngrade", "true")] : Array.Empty<(string, string)>(),
        .. OwnerSignatures.Detail(update.Signatures),
    ];

    /// <summary>The update with the signatures that came with a call; with the last one they come in force beside the manifest.</summary>
    private static PendingUpdate Sign(PendingUpdate update, UpdateRequest request)
    {
        OwnerSignatures.Require(request.Signatures, update.Fingerprint);
        return update with { Signatures = OwnerSignatures.Merge(update.Signatures, request.Signatures) };
    }

    /// <summary>The text of a package update is kept nowhere, and the manifest stays the one that is signed.</summary>
    private static void RequireUnsigned(UpdateRequest request)
    {
        if (!request.Signatures.IsEmpty)
        {
            throw new ManifestRefusedException(
                "an update of packages alone leaves the manifest as it is, with its owners' signatures; send it without signatures");
        }
    }

    /// <summary>A change that costs nothing to make.</summary>
    private Task CommitAsync(
        string action,
        MeshUser user,
        (string Name, string Value)[] details,
        Func<CoordinatorState, CoordinatorState> change,
        params string[] lines) =>
        decisions.MakeAsync(Decision.Of(action, AuditActor.Of(user), details), change, lines);

    /// <summary>A change that is prepared outside the writer's turn: again, if somebody changed meanwhile what it was made from.</summary>
    /// <remarks>A caller that leaves before the decision is recorded ends it; after that it is made even if no caller waits.</remarks>
    private async Task<PreparedManifest> ApplyAsync(
        string action,
        MeshUser user,
        (string Name, string Value)[] details,
        Func<CoordinatorState, CancellationToken, PreparedManifest> prepare,
        CancellationToken cancellationToken,
        params string[] lines)
    {
        CoordinatorState first = current.Value;
        var decision = Decision.Of(action, AuditActor.Of(user), details);
        AuditHead? head = null;
        for (int attempt = 0; attempt < MaxAttempts; attempt++)
        {
            CancellationToken leaving = head is null ? cancellationToken : CancellationToken.None;
            PreparedManifest prepared = prepare(Same(current.Value, first), leaving);
            leaving.ThrowIfCancellationRequested();
            head ??= await decisions.RecordAsync(decision);
            if (await decisions.MakeAsync(
                decision, head, newest => prepared.ApplyTo(newest) is { } next ? (next, true) : (newest, false), lines))
            {
                return prepared;
            }
        }

        throw new ManifestRefusedException("secrets were written again and again while the update was prepared; try again");
    }

    /// <summary>
    /// Another update came first if manifest, versions or pending update are others. Within this process turns prevent it; this makes it
    /// sure.
    /// </summary>
    private static CoordinatorState Same(CoordinatorState newest, CoordinatorState decidedOn) =>
        newest.HasSameMesh(decidedOn) && newest.Configuration.Update == decidedOn.Configuration.Update
            ? newest
            : throw Overtaken();

    private static void RequireStillUser(CoordinatorState state, MeshUser user)
    {
        if (state.Manifest?.Users.Find(user.Certificate.Span) is not { } known || !ReferenceEquals(known, user))
        {
            throw Overtaken();
        }
    }

    private static ManifestRefusedException Overtaken() =>
        new("another update was applied first; look at the manifest that is in force now, and try again");

    private static void RequireNoUpdate(CoordinatorState state)
    {
        if (state.PendingUpdate is not null)
        {
            throw new ManifestRefusedException(
                "update already in progress. Acknowledge the update to apply it, or cancel it to start a new one");
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.PackagesUpdated,
            LogLevel.Information,
            "User '{User}' raised security versions: {Versions}.",
            EventName = "PackagesUpdated")]
        public static partial void PackagesUpdated(ILogger logger, string user, string versions);

        [LoggerMessage(
            EventIds.UpdateStarted,
            LogLevel.Information,
            "User '{User}' started an update to manifest {Fingerprint}; {Missing} acknowledgments are missing.",
            EventName = "UpdateStarted")]
        public static partial void Started(ILogger logger, string user, string fingerprint, int missing);

        [LoggerMessage(
            EventIds.UpdateAcknowledged,
            LogLevel.Information,
            "User '{User}' acknowledged the update to manifest {Fingerprint}; {Missing} acknowledgments are missing.",
            EventName = "UpdateAcknowledged")]
        public static partial void Acknowledged(ILogger logger, string user, string fingerprint, int missing);

        [LoggerMessage(
            EventIds.UpdateCancelled,
            LogLevel.Information,
            "User '{User}' cancelled the update to manifest {Fingerprint}.",
            EventName = "UpdateCancelled")]
        public static partial void Cancelled(ILogger logger, string user, string fingerprint);

        [LoggerMessage(
            EventIds.ManifestUpdated,
            LogLevel.Information,
            "With user '{User}' the update is complete: manifest {Fingerprint} is in force.",
            EventName = "ManifestUpdated")]
        public static partial void Updated(ILogger logger, string user, string fingerprint);
    }
}
