using MarbleRun.Activation.Renewal;
using MarbleRun.Identity;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MarbleRun.Hosting;

/// <summary>Receives the trust of the mesh from the host's start to its stop.</summary>
internal sealed class TrustListenerService(
    HostActivation activation,
    MarbleIdentityProvider provider,
    EarlyRenewal early,
    IOptions<MarbleOptions> options,
    TrustMetrics metrics,
    TimeProvider timeProvider,
    ILogger<TrustListener> logger) : BackgroundService
{
    /// <summary>
    /// A Marble that starts during an overlap accepts the peers of the other authority from its first request, if the list comes in this
    /// time. The system's clock counts, because the network does.
    /// </summary>
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    private TrustListener? _listener;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        if (activation.Coordinator is not { } address)
        {
            return;
        }

        _listener = new TrustListener(address, provider, early, options.Value.RevocationPolicy, metrics, timeProvider, logger);
        await base.StartAsync(cancellationToken).ConfigureAwait(false);
        await _listener.First.WaitAsync(s_patience, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.Run(() => _listener!.RunAsync(stoppingToken), CancellationToken.None);
}
