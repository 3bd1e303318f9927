using System.Globalization;
using MarbleRun.Audit;
using MarbleRun.Coordinator.Diagnostics;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.Stores;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Audit;

/// <summary>
/// Where the Coordinator records what it decides, before it answers. It opens the trail after the state is loaded, and refuses to start if the trail
/// does not hold what the state knows of it.
/// </summary>
internal sealed class AuditLog(
    CurrentState current, StateWriter state, IFileOperations files, IOptions<CoordinatorOptions> options, TimeProvider timeProvider, ILogger<AuditWriter> logger)
    : IActivationObstacle, IDisposable
{
    /// <summary>
    /// What a user is refused is recorded so often in a minute; more is counted, so that nobody can fill the disk. Strangers have limits of their own.
    /// </summary>
    private const int MaxPerMinute = 60;

    /// <summary>Of the reason why somebody was refused; strangers choose parts of it.</summary>
    private const int MaxReason = 300;

    private readonly StrangerLimit _strangers = new(timeProvider);
    private readonly UserLimits _users = new(MaxPerMinute, timeProvider);
    private readonly LastingFault _fault = new(timeProvider);
    private AuditFolder? _folder;
    private AuditWriter? _writer;
    private Task _running = Task.CompletedTask;

    public async Task OpenAsync(CancellationToken cancellationToken)
    {
        AuditHead? known = current.Value.AuditHead;
        _folder = new AuditFolder(options.Value.AuditDirectoryOrDefault, files, options.Value.NewAuditTrail ? null : known);
        _writer = new AuditWriter(_folder, _fault, timeProvider, logger);
        _running = _writer.RunAsync();
        if (options.Value.NewAuditTrail && known is not null)
        {
            AuditHead head = await RecordAsync(AuditOutcome.Allowed, "audit.begin", default, ("auditSequence", $"{known.Sequence}"), ("auditHead", known.Hash));
            await state.ChangeAsync(newest => (newest.Recorded(head), true), cancellationToken);
        }
    }

    /// <summary>Records a decision; when this returns it is durable.</summary>
    /// <param name="outcome">What was decided.</param>
    /// <param name="action">What was asked for, words with dots.</param>
    /// <param name="actor">Who asked.</param>
    /// <param name="details">Names, numbers and fingerprints.</param>
    /// <returns>The end of the trail, to be kept in the state.</returns>
    /// <exception cref="AuditException">There is no record: refuse what was decided.</exception>
    public Task<AuditHead> RecordAsync(AuditOutcome outcome, string action, AuditActor actor, params ReadOnlySpan<(string Name, string Value)> details) =>
        (_writer ?? throw new AuditException("The audit trail is not open yet; it is when the host has started."))
            .RecordAsync(new AuditEntry(action, outcome, actor.User, actor.CertificateHash, details), CancellationToken.None);

    /// <summary>Records a decision that is allowed, in as many records as it takes to name all that it is about.</summary>
    /// <param name="action">What was asked for.</param>
    /// <param name="actor">Who asked.</param>
    /// <param name="detail">What the names are of.</param>
    /// <param name="names">At least one.</param>
    /// <returns>The end of the trail, to be kept in the state.</returns>
    /// <exception cref="AuditException">There is no record: refuse what was decided.</exception>
    public async Task<AuditHead> RecordAllAsync(string action, AuditActor actor, string detail, IEnumerable<string> names)
    {
        AuditHead? head = null;
        foreach (string text in LogText.Join(names))
        {
            head = await RecordAsync(AuditOutcome.Allowed, action, actor, (detail, text));
        }

        return head!;
    }

    /// <summary>Waits for what was recorded as allowed; where it could not be done, another record says so.</summary>
    /// <param name="action">What was asked for.</param>
    /// <param name="actor">Who asked.</param>
    /// <param name="change">What is done.</param>
    public async Task<T> DemandDoneAsync<T>(string action, AuditActor actor, Task<T> change)
    {
        try
        {
            return await change;
        }
        catch (Exception exception)
        {
            await RecordAsync(AuditOutcome.Failed, action, actor, ("reason", exception.Message));
            throw;
        }
    }

    /// <summary>Records that somebody without any right was refused.</summary>
    /// <param name="action">What was asked for.</param>
    /// <param name="actor">Who asked.</param>
    /// <param name="reason">Why it was refused.</param>
    public Task RecordStrangerAsync(string action, AuditActor actor, string reason) =>
        RecordBoundedAsync(AuditOutcome.Denied, action, actor, ("reason", Cut(reason)));

    /// <summary>Records that a user was refused.</summary>
    /// <param name="action">What was asked for.</param>
    /// <param name="actor">The user.</param>
    /// <param name="details">Why, and what it was about.</param>
    public Task RecordRefusalAsync(string action, AuditActor actor, params ReadOnlySpan<(string Name, string Value)> details) =>
        RecordBoundedAsync(_users.TryTake(actor, out int omitted), omitted, AuditOutcome.Denied, action, actor, details);

    /// <summary>Records what anybody may ask for, as often as anybody may fill the disk; what is left out is counted in the next record.</summary>
    /// <param name="outcome">What was decided.</param>
    /// <param name="action">What was asked for.</param>
    /// <param name="actor">Who asked.</param>
    /// <param name="details">What it was about.</param>
    public Task RecordBoundedAsync(AuditOutcome outcome, string action, AuditActor actor, params ReadOnlySpan<(string Name, string Value)> details) =>
        RecordBoundedAsync(_strangers.TryTake(action, outcome, actor.CertificateHash, out int omitted), omitted, outcome, action, actor, details);

    private Task RecordBoundedAsync(
        bool mayRecord, int omitted, AuditOutcome outcome, string action, AuditActor actor, ReadOnlySpan<(string Name, string Value)> details) =>
        !mayRecord ? Task.CompletedTask
        : omitted == 0 ? RecordAsync(outcome, action, actor, details)
        : RecordAsync(outcome, action, actor, [.. details, ("omitted", omitted.ToString(CultureInfo.InvariantCulture))]);

    /// <summary>While the trail cannot be written, a record is tried that tells, when it can be again, that it could not.</summary>
    public string? Find() => _fault.Find(() => RecordAsync(AuditOutcome.Allowed, "audit.resume", default));

    private static string Cut(string reason) => reason.Length <= MaxReason ? reason : reason[..MaxReason] + "…";

    public async Task CloseAsync()
    {
        _writer?.Complete();
        await _running;
    }

    public void Dispose() => _folder?.Dispose();
}
