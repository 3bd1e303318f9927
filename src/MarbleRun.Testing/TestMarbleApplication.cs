using MarbleRun.Attestation;

namespace MarbleRun.Testing;

/// <summary>A Marble that is a separate app, run by its own entry point in this process, on Kestrel at a free port of 127.0.0.1.</summary>
public sealed class TestMarbleApplication : TestMarble, IAsyncDisposable
{
    private readonly MarbleSetup _setup;
    private readonly IMarbleApplicationFactory _factory;
    private readonly Lock _lock = new();
    private string? _address;
    private int _disposed;

    internal TestMarbleApplication(MarbleSetup setup, IMarbleApplicationFactory factory)
        : base(setup)
    {
        _setup = setup;
        _factory = factory;
    }

    /// <summary>
    /// The address of the app, <c>https://127.0.0.1:port</c>. Starts the app if it is not running, and throws the exceptions of <see
    /// cref="StartAsync"/>.
    /// </summary>
    public string Address => Start();

    /// <summary>The app's services. Starts the app if it is not running, and throws the exceptions of <see cref="StartAsync"/>.</summary>
    public IServiceProvider Services
    {
        get
        {
            Start();
            return _factory.Services;
        }
    }

    /// <summary>Starts the app, which activates at the Coordinator and then listens. Does nothing if it is already running.</summary>
    /// <param name="cancellationToken">Cancels the wait, not the start.</param>
    /// <exception cref="MarbleActivationException">The Coordinator refused the Marble; the message has the reason.</exception>
    /// <exception cref="AttestationException">No quote is available.</exception>
    /// <exception cref="InvalidOperationException">The app does not call <c>AddMarble()</c>, or its entry point builds no host.</exception>
    /// <exception cref="ObjectDisposedException">The app was stopped.</exception>
    /// <exception cref="TimeoutException">The app did not start within a minute of real time.</exception>
    public Task StartAsync(CancellationToken cancellationToken = default) =>
        Task.Run(Start, cancellationToken).WaitAsync(cancellationToken);

    /// <summary>Stops the app, or ends its start. The mesh also does so when it is disposed. A second call does nothing.</summary>
    public async ValueTask DisposeAsync()
    {
        if (Interlocked.Exchange(ref _disposed, 1) != 0)
        {
            return;
        }

        _factory.Abandon();

        // A running start holds the lock until it has ended.
        await Task.Run(() =>
        {
            lock (_lock)
            {
                _address = null;
            }
        }).ConfigureAwait(false);
        await _factory.DisposeAsync().ConfigureAwait(false);
    }

    private string Start()
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(Volatile.Read(ref _disposed) != 0, this);
            if (_address is null)
            {
                using (_setup.EnterHost())
                {
                    _factory.StartServer();
                }

                _address = _factory.FindAddress();
            }

            return _address;
        }
    }
}
