using System.Collections.Concurrent;
using System.Globalization;
using MarbleRun.Audit;
using MarbleRun.Coordinator.Diagnostics;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.State.Changes;
using MarbleRun.Coordinator.State.Stores;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Audit;

/// <summary>
/// Records the decisions of the Coordinator before it answers. It opens the trail after the state is loaded, and refuses to start if the
/// trail does not contain the head that the state knows.
/// </summary>
internal sealed class AuditLog(
    Replica replica,
    CurrentState current,
    StateWriter state,
    IFileOperations files,
    IOptions<CoordinatorOptions> options,
    TimeProvider timeProvider,
    ILogger<AuditWriter> logger,
    IAuditStore? store = null)
    : IActivationObstacle, IDisposable
{
    /// <summary>
    /// The number of refusals of a user that are recorded in a minute; further ones are counted, so that users cannot fill the disk.
    /// Unauthenticated callers have separate limits.
    /// </summary>
    private const int MaxPerMinute = 60;

    /// <summary>The maximum length of the reason of a refusal; unauthenticated callers choose parts of it.</summary>
    private const int MaxReason = 300;

    private readonly UnknownCallerLimit _unknown = new(timeProvider);
    private readonly UserLimits _users = new(MaxPerMinute, timeProvider);
    private readonly LastingFault _fault = new(timeProvider);
    private IAuditTrail? _trail;
    private AuditWriter? _writer;
    private Task _running = Task.CompletedTask;

    /// <summary>The end of the trail; the records up to it are durable and are not changed again.</summary>
    public AuditHead Head => OpenTrail.Head;

    /// <summary>The folder of the trail; null if it is in the store.</summary>
    public string? Directory => (OpenTrail as AuditFolder)?.Directory;

    /// <summary>The records of this trail and of others in the store; null if the trail is in a folder.</summary>
    public StoredRecords? Stored { get; private set; }

    private IAuditTrail OpenTrail =>
        _trail ?? throw new AuditException("The audit trail is not open yet. It is open after the host has started.");

    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        AuditHead? known = FindKnownHead(current.Value);
        _trail = await OpenTrailAsync(options.Value.NewAuditTrail ? null : known, cancellationToken);
        Stored = _trail is StoredTrail ? new StoredRecords(store!) : null;
        _writer = new AuditWriter(_trail, _fault, timeProvider, logger);
        _running = _writer.RunAsync();
        if (options.Value.NewAuditTrail && known is not null)
        {
            AuditHead head = await RecordAsync(
                AuditOutcome.Allowed, "audit.begin", default, ("auditSequence", $"{known.Sequence}"), ("auditHead", known.Hash));
            await state.ChangeAsync(newest => (newest.Recorded(replica.Name, head), true), cancellationToken);
        }
    }

    /// <summary>The end of this Coordinator's trail that a state knows: the trail must still contain it.</summary>
    public AuditHead? FindKnownHead(CoordinatorState state) => state.AuditHeads.GetValueOrDefault(replica.Name);

    /// <summary>Records a decision; the record is durable when this returns.</summary>
    /// <param name="outcome">The outcome.</param>
    /// <param name="action">The requested action, words with dots.</param>
    /// <param name="actor">The caller.</param>
    /// <param name="details">Names, numbers and fingerprints.</param>
    /// <returns>The end of the trail, to be kept in the state.</returns>
    /// <exception cref="AuditException">The record was not written: refuse the action.</exception>
    public Task<AuditHead> RecordAsync(
        AuditOutcome outcome, string action, AuditActor actor, params ReadOnlySpan<(string Name, string Value)> details) =>
        (_writer ?? throw new AuditException("The audit trail is not open yet. It is open after the host has started."))
            .RecordAsync(new AuditEntry(action, outcome, actor.User, actor.CertificateHash, details), CancellationToken.None);

    /// <summary>Records the refusal of an unauthenticated caller.</summary>
    /// <param name="action">The requested action.</param>
    /// <param name="actor">The caller.</param>
    /// <param name="reason">The reason of the refusal.</param>
    /// <param name="details">What else is known of the caller.</param>
    public Task RecordUnknownCallerAsync(
        string action, AuditActor actor, string reason, params ReadOnlySpan<(string Name, string Value)> details) =>
        RecordBoundedAsync(AuditOutcome.Denied, action, actor, [("reason", Cut(reason)), .. details]);

    /// <summary>Records the refusal of a user.</summary>
    /// <param name="action">The requested action.</param>
    /// <param name="actor">The user.</param>
    /// <param name="details">The reason, and the names concerned.</param>
    public Task RecordRefusalAsync(string action, AuditActor actor, params ReadOnlySpan<(string Name, string Value)> details) =>
        RecordBoundedAsync(_users.TryTake(actor, out int omitted), omitted, AuditOutcome.Denied, action, actor, details);

    /// <summary>Records an action that any caller can cause, with a limit, so that callers cannot fill the disk; the next record contains
    /// the number of omitted ones.</summary>
    /// <param name="outcome">The outcome.</param>
    /// <param name="action">The requested action.</param>
    /// <param name="actor">The caller.</param>
    /// <param name="details">The names concerned.</param>
    public Task RecordBoundedAsync(
        AuditOutcome outcome, string action, AuditActor actor, params ReadOnlySpan<(string Name, string Value)> details) =>
        RecordBoundedAsync(
            _unknown.TryTake(action, outcome, actor.CertificateHash, out int omitted), omitted, outcome, action, actor, details);

    private Task RecordBoundedAsync(
        bool mayRecord,
        int omitted,
        AuditOutcome outcome,
        string action,
        AuditActor actor,
        ReadOnlySpan<(string Name, string Value)> details) =>
        !mayRecord ? Task.CompletedTask
        : omitted == 0 ? RecordAsync(outcome, action, actor, details)
        : RecordAsync(outcome, action, actor, [.. details, ("omitted", omitted.ToString(CultureInfo.InvariantCulture))]);

    /// <summary>While the trail cannot be written, attempts to write a record of the interruption.</summary>
    public string? Find() => _fault.Find(() => RecordAsync(AuditOutcome.Allowed, "audit.resume", default));

    private static string Cut(string reason) => reason.Length <= MaxReason ? reason : reason[..MaxReason] + "…";

    public async Task CloseAsync()
    {
        _writer?.Complete();
        await _running;
    }

    public void Dispose() => _trail?.Dispose();

    private async Task<IAuditTrail> OpenTrailAsync(AuditHead? expected, CancellationToken cancellationToken) =>
        options.Value.Store.Audit != AuditLocation.Store ? new AuditFolder(options.Value.AuditDirectoryOrDefault, files, expected)
        : store is not null && replica.IsOneOfSeveral ? await StoredTrail.OpenAsync(store, replica.Name, expected, cancellationToken)
        : throw new AuditException(
            "Coordinator:Store:Audit is Store, but the store of this Coordinator keeps no records: "
            + (replica.IsOneOfSeveral
                ? "it is too small for them. Use PostgreSQL or etcd, or"
                : "it is the seal directory, which is on the same disk as the folder of the audit trail. Use PostgreSQL or etcd, or")
            + " set it to Directory.");
}

/// <summary>Limits the recorded refusals of one user in a minute, so that a user with many requests does not hide another one. Only users
/// of manifests are counted, so there are few.</summary>
internal sealed class UserLimits(int perMinute, TimeProvider timeProvider)
{
    private readonly ConcurrentDictionary<string, RecordLimit> _users = new(StringComparer.Ordinal);

    /// <summary>Whether a record of this user may be written now.</summary>
    /// <param name="actor">The user.</param>
    /// <param name="omitted">The number of records of this user omitted since the last one.</param>
    public bool TryTake(AuditActor actor, out int omitted) =>
        _users.GetOrAdd(actor.CertificateHash ?? string.Empty, _ => new RecordLimit(perMinute, timeProvider)).TryTake(out omitted);
}
