using MarbleRun.Coordinator.Identities;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.State.Trust;

namespace MarbleRun.Coordinator.Revocation;

/// <summary>
/// Adds certificates to the revocations that name them when they become known later: after a restart, when a revoked Marble shows its
/// certificate. Many at once are one change of the state.
/// </summary>
internal sealed partial class RevokedCertificateRecorder(
    RevocationService revocations,
    MarbleRegistry identities,
    CurrentState current,
    TimeProvider timeProvider,
    ILogger<RevokedCertificateRecorder> logger) : BackgroundService
{
    /// <summary>A revoked Marble may have many certificates, and show one after another.</summary>
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(5);

    private static readonly TimeSpan s_pauseAfterFault = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _pending = new(0, 1);
    private readonly Lock _lock = new();
    private RevocationSet? _seen;

    public override void Dispose()
    {
        _pending.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        identities.Added += OnAdded;
        current.Published += OnPublished;
        try
        {
            while (true)
            {
                await _pending.WaitAsync(stoppingToken);
                await Task.Delay(await TryRecordAsync(stoppingToken) ? s_pause : s_pauseAfterFault, timeProvider, stoppingToken);
            }
        }
        finally
        {
            identities.Added -= OnAdded;
            current.Published -= OnPublished;
        }
    }

    private async Task<bool> TryRecordAsync(CancellationToken cancellationToken)
    {
        try
        {
            await revocations.RecordCertificatesAsync(cancellationToken);
            return true;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            // Whatever it is: the certificates are in memory still, and the next attempt records them.
            Log.NotRecorded(logger, exception);
            Signal();
            return false;
        }
    }

    private void OnAdded(KnownMarble known)
    {
        if (current.IsLoaded && current.Value.Revocations.Find(known.Marble) is not null)
        {
            Signal();
        }
    }

    /// <summary>An identity may have become known while a revocation that names it came in force.</summary>
    private void OnPublished(CoordinatorState state)
    {
        RevocationSet? before = Interlocked.Exchange(ref _seen, state.Revocations);
        if (!ReferenceEquals(before, state.Revocations) && !state.Revocations.IsEmpty)
        {
            Signal();
        }
    }

    private void Signal()
    {
        lock (_lock)
        {
            if (_pending.CurrentCount == 0)
            {
                _pending.Release();
            }
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.RevokedCertificatesNotRecorded,
            LogLevel.Warning,
            "Certificates of revoked Marbles could not be recorded in the state, so that the certificate revocation list may lack them "
            + "after a restart; trying again in a minute.",
            EventName = "RevokedCertificatesNotRecorded")]
        public static partial void NotRecorded(ILogger logger, Exception exception);
    }
}
