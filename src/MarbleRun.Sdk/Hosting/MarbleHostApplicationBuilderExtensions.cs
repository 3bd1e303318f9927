using MarbleRun;
using MarbleRun.Activation;
using MarbleRun.Activation.Targets;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Collateral;
using MarbleRun.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Microsoft.Extensions.Hosting;

/// <summary>Makes a program a Marble before its services are registered.</summary>
public static class MarbleHostApplicationBuilderExtensions
{
    /// <summary>
    /// Activates this process at the Coordinator immediately, and gives its identity to every HTTPS endpoint of the host that is built.
    /// When the method returns, the variables of the manifest are in <see cref="IHostApplicationBuilder.Configuration"/>, over every other
    /// source: registrations that read <c>builder.Configuration["DB_PASSWORD"]</c> in the next line find them, and so does
    /// <c>ValidateOnStart</c>. It blocks the calling thread while it waits for the Coordinator.
    /// </summary>
    /// <param name="builder">The builder of a web application, a worker or a console program.</param>
    /// <returns>A handle for further features.</returns>
    /// <remarks>
    /// Options come from <c>EDG_MARBLE_…</c> variables and the section <c>Marble</c>. Instances that were registered before as <see
    /// cref="IQuoteIssuer"/>, <see cref="ICollateralProvider"/>, <see cref="IParameterTarget"/> or <see cref="TimeProvider"/> are used.
    /// </remarks>
    /// <exception cref="MarbleActivationException">This process did not become a Marble.</exception>
    /// <exception cref="AttestationException">The platform cannot provide a quote.</exception>
    /// <exception cref="Options.OptionsValidationException">The options are invalid; the exception lists all errors.</exception>
    /// <exception cref="InvalidOperationException">
    /// <c>AddMarble()</c> was called before, or one of those services is registered by type or factory.
    /// </exception>
    public static IMarbleBuilder AddMarble(this IHostApplicationBuilder builder) => builder.AddMarble(static _ => { });

    /// <summary>As <see cref="AddMarble(IHostApplicationBuilder)"/>, with options that override variables and configuration.</summary>
    /// <param name="builder">The builder of a web application, a worker or a console program.</param>
    /// <param name="configure">Sets options.</param>
    /// <returns>A handle for further features.</returns>
    /// <exception cref="MarbleActivationException">This process did not become a Marble.</exception>
    /// <exception cref="AttestationException">The platform cannot provide a quote.</exception>
    /// <exception cref="Options.OptionsValidationException">The options are invalid; the exception lists all errors.</exception>
    /// <exception cref="InvalidOperationException">
    /// <c>AddMarble()</c> was called before, or one of those services is registered by type or factory.
    /// </exception>
    public static IMarbleBuilder AddMarble(this IHostApplicationBuilder builder, Action<MarbleOptions> configure) =>
        Task.Run(() => builder.AddMarbleAsync(configure, CancellationToken.None)).GetAwaiter().GetResult();

    /// <summary>As <see cref="AddMarble(IHostApplicationBuilder)"/>, without blocking a thread.</summary>
    /// <param name="builder">The builder of a web application, a worker or a console program.</param>
    /// <param name="configure">Sets options.</param>
    /// <param name="cancellationToken">Cancels the activation.</param>
    /// <returns>A handle for further features.</returns>
    /// <exception cref="MarbleActivationException">This process did not become a Marble.</exception>
    /// <exception cref="AttestationException">The platform cannot provide a quote.</exception>
    /// <exception cref="Options.OptionsValidationException">The options are invalid; the exception lists all errors.</exception>
    /// <exception cref="InvalidOperationException">
    /// <c>AddMarble()</c> was called before, or one of those services is registered by type or factory.
    /// </exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public static async Task<IMarbleBuilder> AddMarbleAsync(
        this IHostApplicationBuilder builder, Action<MarbleOptions> configure, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(configure);
        if (MarbleServices.AreIn(builder.Services))
        {
            throw new InvalidOperationException(
                "AddMarble was called before. Call builder.AddMarble() once, and before builder.Services.AddMarble().");
        }

        MarbleTestHost.Current?.AddServices(builder.Services);
        MarbleOptions options = CreateOptions(builder, configure);
        TimeProvider timeProvider = Find<TimeProvider>(builder) ?? TimeProvider.System;
        options.CollateralProvider ??= Find<ICollateralProvider>(builder);
        var target = new ConfigurationTarget(Find<IParameterTarget>(builder) ?? new ProcessParameterTarget(options));
        using ILoggerFactory loggers = LoggerFactory.Create(
            log => log.AddConfiguration(builder.Configuration.GetSection("Logging")).AddConsole());

        var activator = new MarbleActivatorOptions(options)
        {
            QuoteIssuer = Find<IQuoteIssuer>(builder),
            ParameterTarget = target,
            TimeProvider = timeProvider,
            Logger = loggers.CreateLogger(typeof(MarbleActivator).FullName!),
            Renews = !options.ExportIdentity,
        };
        MarbleActivation activation = await MarbleActivator.ActivateAsync(activator, cancellationToken).ConfigureAwait(false);
        target.ShowIn(builder.Configuration);
        IMarbleBuilder marble = builder.Services.AddMarble(activation);
        builder.Services.Configure(configure);
        return marble;
    }

    private static MarbleOptions CreateOptions(IHostApplicationBuilder builder, Action<MarbleOptions> configure)
    {
        var options = new MarbleOptions();
        MarbleOptionsSource.ReadSection(builder.Configuration, options);
        MarbleOptionsSource.ReadEnvironment(Environment.GetEnvironmentVariable, options);
        configure(options);
        MarbleTestHost.Current?.Configure(options);
        MarbleOptionsRules.ThrowIfInvalid(options);
        return options;
    }

    /// <exception cref="InvalidOperationException">The service is registered in a way that needs a host.</exception>
    private static T? Find<T>(IHostApplicationBuilder builder)
        where T : class =>
        builder.Services.LastOrDefault(s => s.ServiceType == typeof(T) && !s.IsKeyedService) switch
        {
            null => null,
            { ImplementationInstance: T instance } => instance,
            _ => throw new InvalidOperationException(
                $"{typeof(T).Name} is registered by type or factory, which needs a host, and builder.AddMarble() activates before the host "
                + "exists. Register an instance first, or use builder.Services.AddMarble()."),
        };
}
