using System.Collections.Immutable;
using MarbleRun.Coordinator.Audit;
using MarbleRun.Coordinator.Diagnostics;
using MarbleRun.Coordinator.Manifests;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.Users;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Checks;
using MarbleRun.Manifests.Signatures;

namespace MarbleRun.Coordinator.Updates;

/// <summary>
/// Changes the manifest in force: updates of packages at once, full updates when enough users acknowledged. One call at a time; what a call
/// decides on is checked again in the writer's turn.
/// </summary>
internal sealed partial class UpdateService(
    CurrentState current,
    Decisions decisions,
    ManifestReading reading,
    ManifestPreparation preparation,
    IOwnAdmission admission,
    AuditLog audit,
    TimeProvider timeProvider,
    ILogger<UpdateService> logger) : IDisposable
{
    /// <summary>Others may write secrets while an update is prepared; then it is prepared again, so often.</summary>
    private const int MaxAttempts = 5;

    private readonly SemaphoreSlim _turn = new(1, 1);

    public void Dispose() => _turn.Dispose();

    /// <summary>Starts an update; where no other acknowledgment is needed, it is in force when this returns.</summary>
    /// <exception cref="ManifestRefusedException">Nothing was changed.</exception>
    public Task<UpdateProgress> StartAsync(UpdateRequest request, CancellationToken cancellationToken)
    {
        Manifest manifest = reading.Read(request.Raw, ManifestPurpose.Update);
        return InTurnAsync(manifest.IsPackageUpdate ? "update.packages" : "update.start", request.User, state =>
        {
            RequireNoUpdate(state);
            return manifest.IsPackageUpdate
                ? UpdatePackagesAsync(state, request, manifest, cancellationToken)
                : StartFullAsync(state, request, manifest, cancellationToken);
        }, cancellationToken);
    }

    /// <summary>Acknowledges the pending update; with the last acknowledgment that is needed it is in force when this returns.</summary>
    /// <exception cref="NoUpdateException">No update is pending.</exception>
    /// <exception cref="ManifestRefusedException">Nothing was changed; or the update cannot be applied and is cancelled.</exception>
    public Task<UpdateProgress> AcknowledgeAsync(UpdateRequest request, CancellationToken cancellationToken) =>
        InTurnAsync("update.acknowledge", request.User, state => AcknowledgeAsync(state, request, cancellationToken), cancellationToken);

    /// <summary>Drops the pending update.</summary>
    /// <exception cref="NoUpdateException">No update is pending.</exception>
    /// <exception cref="ManifestRefusedException">The user may not.</exception>
    public Task CancelAsync(MeshUser user, CancellationToken cancellationToken) => InTurnAsync("update.cancel", user, async state =>
    {
        if (!user.May(RoleActions.UpdateManifest))
        {
            throw new ManifestRefusedException($"user {user.Name} is not allowed to cancel the manifest update");
        }

        PendingUpdate pending = state.PendingUpdate ?? throw new NoUpdateException();
        await CommitAsync("update.cancel", user, [Fingerprint(pending.Fingerprint)], newest =>
            Same(newest, state) with { PendingUpdate = null }, UpdateLogEntry.UpdateCancelled(Now, user.Name, pending.Fingerprint));
        Log.Cancelled(logger, LogText.Clean(user.Name), pending.Fingerprint);
        return true;
    }, cancellationToken);

    /// <summary>What an update would do, with all checks and nothing done.</summary>
    /// <exception cref="ManifestRefusedException">It would be refused.</exception>
    public Task<UpdateEffects> PreviewAsync(UpdateRequest request, CancellationToken cancellationToken)
    {
        Manifest manifest = reading.Read(request.Raw, ManifestPurpose.Update);
        return InTurnAsync("update.preview", request.User, state =>
        {
            RequireNoUpdate(state);
            if (manifest.IsPackageUpdate)
            {
                IReadOnlyDictionary<string, ulong> versions = PackageUpdate.Check(state, request.User, manifest);
                RequireUnsigned(request);
                return Task.FromResult(
                    UpdateEffects.OfPackages(preparation.UpdatePackages(state, versions, cancellationToken), request.Raw));
            }

            (ManifestReport report, PendingUpdate pending) = Check(state, request, manifest);
            return Task.FromResult(UpdateEffects.OfManifest(
                preparation.Update(state, request.Raw, report, cancellationToken).SignedBy(pending.Signatures), pending));
        }, cancellationToken);
    }

    private DateTimeOffset Now => timeProvider.GetUtcNow();

    private async Task<UpdateProgress> UpdatePackagesAsync(
        CoordinatorState state, UpdateRequest request, Manifest manifest, CancellationToken cancellationToken)
    {
        IReadOnlyDictionary<string, ulong> versions = PackageUpdate.Check(state, request.User, manifest);
        RequireUnsigned(request);
        string[] lines = [.. versions.Select(v => UpdateLogEntry.SecurityVersionIncreased(Now, request.User.Name, v.Key, v.Value))];
        string raised = string.Join(", ", versions.Select(v => $"{v.Key}: {v.Value}"));

        // The document is kept nowhere, so its fingerprint alone would tell nothing.
        await ApplyAsync(
            "update.packages",
            request.User,
            [Fingerprint(Manifest.ComputeFingerprint(request.Raw.Span)), ("securityVersions", raised)],
            (newest, token) => preparation.UpdatePackages(newest, versions, token),
            cancellationToken,
            lines);
        Log.PackagesUpdated(logger, LogText.Clean(request.User.Name), LogText.Clean(raised));
        return UpdateProgress.Applied(null);
    }

    private async Task<UpdateProgress> StartFullAsync(
        CoordinatorState state, UpdateRequest request, Manifest manifest, CancellationToken cancellationToken)
    {
        (ManifestReport report, PendingUpdate pending) = Check(state, request, manifest);
        string started = UpdateLogEntry.UpdateStarted(Now, request.User.Name, pending);
        if (pending.Missing == 0)
        {
            return await ApplyFullAsync("update.start", state, request, report, pending, started, cancellationToken);
        }

        // An update that can't be applied must not be acknowledged.
        preparation.Update(state, request.Raw, report, cancellationToken);
        cancellationToken.ThrowIfCancellationRequested();
        await CommitAsync(
            "update.start",
            request.User,
            Details(request, pending, isInForce: false),
            newest => Same(newest, state) with { PendingUpdate = pending },
            started);
        Log.Started(logger, LogText.Clean(request.User.Name), pending.Fingerprint, pending.Missing);
        return UpdateProgress.Waiting(pending);
    }

    /// <summary>Everything that is asked of a full update before it is prepared.</summary>
    private (ManifestReport Report, PendingUpdate Update) Check(CoordinatorState state, UpdateRequest request, Manifest manifest)
    {
        if (!request.User.May(RoleActions.UpdateManifest))
        {
            throw new ManifestRefusedException($"user {request.User.Name} is not allowed to update the complete manifest");
        }

        ManifestReport report = reading.Check(manifest, ManifestPurpose.Update);
        if (!request.AllowDowngrade)
        {
            DowngradeCheck.Require(state, manifest);
        }

        return (report, Sign(PendingUpdates.Create(state.Manifest!, request.Raw), request).AcknowledgedBy(request.User.Name));
    }

    private async Task<UpdateProgress> AcknowledgeAsync(CoordinatorState state, UpdateRequest request, CancellationToken cancellationToken)
    {
        MeshUser user = request.User;
        PendingUpdate pending = state.PendingUpdate ?? throw new NoUpdateException();
        if (!pending.Acknowledgments.ContainsKey(user.Name))
        {
            throw new ManifestRefusedException($"user {user.Name} is not allowed to acknowledge manifest updates");
        }

        if (!request.Raw.Span.SequenceEqual(pending.Manifest.Span))
        {
            throw new ManifestRefusedException("provided manifest does not match the pending manifest");
        }

        PendingUpdate next = Sign(pending, request).AcknowledgedBy(user.Name);
        string line = UpdateLogEntry.UpdateAcknowledged(Now, user.Name, next);
        if (next.Missing > 0)
        {
            await CommitAsync(
                "update.acknowledge",
                user,
                Details(request, next, isInForce: false),
                newest => Same(newest, state) with { PendingUpdate = next },
                line);
            Log.Acknowledged(logger, LogText.Clean(user.Name), next.Fingerprint, next.Missing);
            return UpdateProgress.Waiting(next);
        }

        try
        {
            ManifestReport report = OrFail(isPending: true, () => CheckAgain(pending));
            return await ApplyFullAsync("update.acknowledge", state, request, report, next, line, cancellationToken);
        }
        catch (UpdateFailedException exception)
        {
            // A user who acknowledged it would wait in vain.
            await CommitAsync("update.cancel", user, [Fingerprint(pending.Fingerprint)], newest =>
                Same(newest, state) with { PendingUpdate = null }, line, UpdateLogEntry.UpdateFailed(Now, pending.Fingerprint));
            throw new ManifestRefusedException(exception.Message, exception);
        }
    }

    private async Task<UpdateProgress> ApplyFullAsync(
        string action,
        CoordinatorState state,
        UpdateRequest request,
        ManifestReport report,
        PendingUpdate complete,
        string line,
        CancellationToken cancellationToken)
    {
        if (await admission.FindObjectionAsync(state.Manifest!.Manifest, report.Manifest!, cancellationToken) is { } objection)
        {
            // What waits for acknowledgments goes on waiting.
            throw new ManifestRefusedException(objection);
        }

        string fingerprint = complete.Fingerprint;
        bool isPending = state.PendingUpdate is not null;
        PreparedManifest applied = await ApplyAsync(
            action,
            request.User,
            Details(request, complete, isInForce: true),
            (newest, token) =>
            {
                PreparedManifest prepared = OrFail(isPending, () => preparation.Update(newest, request.Raw, report, token))
                    .SignedBy(complete.Signatures);
                return prepared.RecoverySecrets is { IsEmpty: false } && !request.CanReturnRecoverySecrets
                    ? throw new ManifestRefusedException(
                        "the update makes new recovery secrets, which the answer of this version of the API cannot hold; use /api/v2 "
                        + "instead")
                    : prepared;
            },
            cancellationToken,
            line,
            UpdateLogEntry.ManifestUpdated(Now, fingerprint));
        Log.Updated(logger, LogText.Clean(request.User.Name), fingerprint);
        return UpdateProgress.Applied(applied.RecoverySecrets);
    }

    /// <summary>Another release may have checked it when it was started.</summary>
    private ManifestReport CheckAgain(PendingUpdate pending) =>
        reading.Check(reading.Read(pending.Manifest, ManifestPurpose.Update), ManifestPurpose.Update);

    /// <summary>An update that is pending has failed if it is refused now.</summary>
    private static T OrFail<T>(bool isPending, Func<T> work)
    {
        try
        {
            return work();
        }
        catch (ManifestRefusedException exception) when (isPending)
        {
            throw new UpdateFailedException(exception.Message, exception);
        }
    }
}

/// <summary>An update that was acknowledged cannot be applied any more.</summary>
internal sealed class UpdateFailedException(string message, Exception innerException) : Exception(message, innerException);

/// <summary>No update waits for acknowledgments.</summary>
internal sealed class NoUpdateException() : Exception("no update in progress");

/// <summary>Who must acknowledge an update: it is the manifest in force that says it, not the one that is to come.</summary>
internal static class PendingUpdates
{
    public static PendingUpdate Create(MeshManifest inForce, ReadOnlyMemory<byte> raw)
    {
        ImmutableSortedDictionary<string, bool> users =
            inForce.Users
                .FindAllowed(RoleActions.UpdateManifest)
                .ToImmutableSortedDictionary(name => name, _ => false, StringComparer.Ordinal);
        ulong threshold = inForce.Manifest.Config.UpdateThreshold;
        return new PendingUpdate(raw, users, threshold == 0 || threshold > (ulong)users.Count ? users.Count : (int)threshold);
    }
}

/// <summary>An update as somebody asked for it.</summary>
/// <param name="User">Who asks.</param>
/// <param name="Raw">Exactly the bytes that were sent.</param>
/// <param name="AllowDowngrade">Whether a full update that is started may lower a security version.</param>
/// <param name="CanReturnRecoverySecrets">
/// Whether the answer has a place for new recovery secrets; the first generation of the API has none.
/// </param>
internal sealed record UpdateRequest(MeshUser User, ReadOnlyMemory<byte> Raw, bool AllowDowngrade, bool CanReturnRecoverySecrets)
{
    /// <summary>What owners signed of it, not verified.</summary>
    public ImmutableArray<ManifestSignature> Signatures { get; init; } = [];
}
