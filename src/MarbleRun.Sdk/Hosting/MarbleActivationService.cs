using MarbleRun.Activation;
using MarbleRun.Activation.Targets;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Identity;
using MarbleRun.Secrets;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MarbleRun.Hosting;

/// <summary>
/// Activates the process while the host starts, before Kestrel listens and before other services start. A failure ends the start: a process
/// that is not a Marble must not serve.
/// </summary>
internal sealed class MarbleActivationService(
    IOptions<MarbleOptions> options,
    IOptionsFactory<MarbleOptions> factory,
    IServiceProvider services,
    MarbleIdentityProvider provider,
    HostActivation host,
    MarbleSecrets secrets,
    TimeProvider timeProvider,
    ILoggerFactory loggers) : IHostedPart
{
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        IHostApplicationLifetime? lifetime = services.GetService<IHostApplicationLifetime>();
        StartFailures.Watch(lifetime?.ApplicationStarted ?? default, lifetime?.ApplicationStopping ?? default);
        try
        {
            await ActivateAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (lifetime?.ApplicationStopping.IsCancellationRequested == true)
        {
            throw new StartStoppedException(cancellationToken);
        }
    }

    private async Task ActivateAsync(CancellationToken cancellationToken)
    {
        options.Value.CollateralProvider ??= services.GetService<ICollateralProvider>();
        var target = new ConfigurationTarget(services.GetService<IParameterTarget>() ?? new ProcessParameterTarget(options.Value));
        var activator = new MarbleActivatorOptions(options.Value)
        {
            QuoteIssuer = services.GetService<IQuoteIssuer>(),
            ParameterTarget = target,
            TimeProvider = timeProvider,
            Logger = loggers.CreateLogger(typeof(MarbleActivator).FullName!),
            Renews = !options.Value.ExportIdentity,
        };
        MarbleActivation activation = await MarbleActivator.ActivateAsync(activator, cancellationToken).ConfigureAwait(false);
        target.ShowIn(services.GetService<IConfiguration>());
        secrets.Take(activation.Secrets);
        TakeWhoMayConnect();
        host.Source = activation.Source;
        host.Coordinator = activation.Coordinator;
        provider.Publish(activation.Identity);
    }

    /// <summary>
    /// The manifest's values for these options replace the host's earlier values; values that the app sets in code replace both. The
    /// options are not in use yet: endpoints are bound later.
    /// </summary>
    private void TakeWhoMayConnect()
    {
        MarbleOptions now = factory.Create(Options.DefaultName);
        options.Value.RequireMarbleClients = now.RequireMarbleClients;
        options.Value.AllowPlaintext = now.AllowPlaintext;
    }
}

/// <summary>
/// The process was stopped while it started. The host logs the whole exception of a failed start, so this exception is one line: nothing
/// failed.
/// </summary>
internal sealed class StartStoppedException(CancellationToken cancellationToken)
    : OperationCanceledException("This process was stopped before it became a Marble. Nothing was applied.", cancellationToken)
{
    public override string ToString() => Message;
}
