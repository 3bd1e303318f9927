using MarbleRun.Activation.Renewal;
using MarbleRun.Identity;
using Microsoft.Extensions.Logging;

namespace MarbleRun.Hosting;

/// <summary>Renews the identity of the host from its start to its stop.</summary>
internal sealed class IdentityRenewalService(
    HostActivation activation,
    MarbleIdentityProvider provider,
    EarlyRenewal early,
    RenewalStatus status,
    IdentityMetrics metrics,
    TimeProvider timeProvider,
    ILogger<Renewer> logger,
    ILogger<ParameterRenewal> parametersLogger) : IHostedPart, IDisposable, IAsyncDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private Task _renewals = Task.CompletedTask;
    private int _isDisposed;

    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (activation.Source is { } source)
        {
            var parameters = new ParameterRenewal(source.Parameters, status, metrics, timeProvider, parametersLogger);
            var renewer = new Renewer(source, provider, early, parameters, status, metrics, timeProvider, logger);
            _renewals = Task.Run(() => renewer.RunAsync(_stopping.Token), CancellationToken.None);
        }

        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        // A host that is disposed of while it stops, as by test hosts, has done it already.
        if (Volatile.Read(ref _isDisposed) == 0)
        {
            await _stopping.CancelAsync().ConfigureAwait(false);
        }

        // It ends by its cancellation, and in no other way.
        await _renewals.WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public void Dispose()
    {
        if (Interlocked.Exchange(ref _isDisposed, 1) == 0)
        {
            _stopping.Cancel();
            _stopping.Dispose();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (Volatile.Read(ref _isDisposed) == 0)
        {
            await StopAsync(CancellationToken.None).ConfigureAwait(false);
        }

        Dispose();
    }
}
