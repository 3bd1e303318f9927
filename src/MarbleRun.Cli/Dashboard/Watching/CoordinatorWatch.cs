using MarbleRun.Cli.Dashboard.Views;
using MarbleRun.Management;

namespace MarbleRun.Cli.Dashboard.Watching;

/// <summary>
/// Verifies the Coordinator, and reads it again and again over connections that are pinned to the verified root. If something else answers
/// at the address, it forgets what it knows and stops for good.
/// </summary>
internal sealed class CoordinatorWatch(ICoordinatorDoor door, TimeSpan interval, TimeProvider clock) : IDisposable
{
    /// <summary>How often the quote is verified again although nothing happened.</summary>
    private static readonly TimeSpan s_attestation = TimeSpan.FromMinutes(10);

    /// <summary>How long a browser shows times like "2 hours left" at most.</summary>
    private static readonly TimeSpan s_redraw = TimeSpan.FromMinutes(1);

    private readonly SemaphoreSlim _turn = new(1, 1);
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private DashboardView? _view;
    private TrustedCoordinator? _coordinator;
    private ICoordinatorClient? _client;
    private ViewReader? _reader;
    private DateTimeOffset _verifiedAt;
    private DateTimeOffset _drawnAt;
    private string _signature = string.Empty;

    /// <summary>What is known.</summary>
    public DashboardView View => Volatile.Read(ref _view) ?? throw new InvalidOperationException("The watch has not started.");

    /// <summary>The connection to the verified Coordinator; null when the watch has stopped.</summary>
    public ICoordinatorClient? Client => Volatile.Read(ref _client);

    /// <summary>Verifies the Coordinator, and reads it for the first time.</summary>
    /// <exception cref="CoordinatorVerificationException">It is not trustworthy.</exception>
    /// <exception cref="CoordinatorException">It cannot be read.</exception>
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _coordinator = await door.AttestAsync(cancellationToken);
        _verifiedAt = clock.GetUtcNow();
        _client = door.Open(_coordinator);
        _reader = new ViewReader(door, _coordinator, clock);
        Publish(await _reader.ReadAsync(_client, cancellationToken));
    }

    /// <summary>Reads until the watch stops, or is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (View.Phase != WatchPhase.Stopped)
        {
            await Task.Delay(interval, clock, cancellationToken);
            await RefreshAsync(cancellationToken);
        }
    }

    /// <summary>Reads now.</summary>
    public async Task RefreshAsync(CancellationToken cancellationToken)
    {
        await _turn.WaitAsync(cancellationToken);
        try
        {
            if (View.Phase != WatchPhase.Stopped)
            {
                Publish(await ReadAsync(cancellationToken));
            }
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>Waits until there is something newer than a version.</summary>
    public async Task<DashboardView> WaitAsync(long version, CancellationToken cancellationToken)
    {
        while (true)
        {
            // The signal is taken before the view is read, so that a change between the two is not missed.
            Task changed = Volatile.Read(ref _changed).Task;
            DashboardView view = View;
            if (view.Version > version)
            {
                return view;
            }

            await changed.WaitAsync(cancellationToken);
        }
    }

    public void Dispose()
    {
        (_client as IDisposable)?.Dispose();
        _turn.Dispose();
    }

    private async Task<DashboardView> ReadAsync(CancellationToken cancellationToken)
    {
        try
        {
            if (clock.GetUtcNow() - _verifiedAt > s_attestation && await FindReplacementAsync(cancellationToken) is { } replaced)
            {
                return replaced;
            }

            return await _reader!.ReadAsync(_client!, cancellationToken);
        }
        catch (CoordinatorException exception) when (exception.ErrorCode == CoordinatorErrorCode.Unreachable)
        {
            // A pinned connection fails in the same way whether nothing answers or something else does.
            return await FindReplacementAsync(cancellationToken) ?? Outdated(exception.Message);
        }
        catch (CoordinatorException exception)
        {
            return View with { Notice = $"Not everything could be read: {exception.Message}" };
        }
    }

    /// <summary>Verifies what answers; null if it is the same Coordinator, or if nothing answers.</summary>
    private async Task<DashboardView?> FindReplacementAsync(CancellationToken cancellationToken)
    {
        try
        {
            TrustedCoordinator found = await door.AttestAsync(cancellationToken);
            if (!found.Root.RawDataMemory.Span.SequenceEqual(_coordinator!.Root.RawDataMemory.Span))
            {
                return Stopped(
                    "Its quote is valid, but it has another root certificate than the one that was verified when this dashboard "
                        + "started. The "
                    + "Coordinator was set up again, or it was restarted and waits for its recovery.");
            }

            _verifiedAt = clock.GetUtcNow();
            return null;
        }
        catch (CoordinatorVerificationException exception) when (exception.Failure != CoordinatorVerificationFailure.Unreachable)
        {
            return Stopped(exception.Message);
        }
        catch (CoordinatorVerificationException)
        {
            return null;
        }
    }

    private DashboardView Outdated(string reason) => View with { Phase = WatchPhase.Unreachable, Notice = reason };

    /// <summary>Nothing that was known is kept: who looks at the page must not take it for the state of what answers now.</summary>
    private DashboardView Stopped(string reason)
    {
        (Interlocked.Exchange(ref _client, null) as IDisposable)?.Dispose();
        return new DashboardView
        {
            Address = door.Address,
            At = clock.GetUtcNow(),
            Phase = WatchPhase.Stopped,
            Notice = reason,
        };
    }

    private void Publish(DashboardView read)
    {
        DateTimeOffset now = clock.GetUtcNow();
        DashboardView view = read with { VerifiedAt = _verifiedAt };
        string signature = ViewSignature.Of(view);
        long version = Volatile.Read(ref _view)?.Version ?? 0;
        bool isNew = signature != _signature || now - _drawnAt > s_redraw;
        Volatile.Write(ref _view, view with { Version = isNew ? version + 1 : version });
        if (isNew)
        {
            (_signature, _drawnAt) = (signature, now);
            Interlocked.Exchange(ref _changed, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
        }
    }
}
