using System.Diagnostics;
using Google.Protobuf;
using MarbleRun.Activation.Targets;
using MarbleRun.Activation.Trust;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Identity;
using MarbleRun.Protos;
using MarbleRun.Secrets;
using Microsoft.Extensions.Logging;

namespace MarbleRun.Activation;

/// <summary>
/// Activates this process: attests it at the Coordinator and applies the parameters from the manifest. Every activation uses this class;
/// <c>AddMarble()</c> calls it while the host starts.
/// </summary>
/// <remarks>
/// An unhandled failure ends the process with its message on standard error and exit code 1, without the platform's abort and dump; a host
/// that is stopped while it starts ends with exit code 0. A handled failure is an ordinary exception.
/// </remarks>
public static partial class MarbleActivator
{
    /// <summary>
    /// Activates with options from the environment and from <c>appsettings.json</c> and <c>appsettings.{Environment}.json</c>, as a host
    /// reads them (see <see cref="MarbleOptions"/>), on the detected platform.
    /// </summary>
    /// <param name="cancellationToken">Cancels the activation.</param>
    /// <returns>The identity, and the names of what was applied.</returns>
    /// <exception cref="MarbleActivationException">This process did not become a Marble.</exception>
    /// <exception cref="AttestationException">The platform cannot provide a quote.</exception>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">
    /// The options are invalid; the exception lists all errors.
    /// </exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public static Task<MarbleActivation> ActivateAsync(CancellationToken cancellationToken = default) =>
        ActivateAsync(static _ => { }, cancellationToken);

    /// <summary>As <see cref="ActivateAsync(CancellationToken)"/>, with options from code, which override all others.</summary>
    /// <param name="configure">Sets options, including those that only code may set: <c>o => o.FileRoots.Add("/etc/orders")</c>.</param>
    /// <param name="cancellationToken">Cancels the activation.</param>
    /// <returns>The identity, and the names of what was applied.</returns>
    /// <exception cref="MarbleActivationException">This process did not become a Marble.</exception>
    /// <exception cref="AttestationException">The platform cannot provide a quote.</exception>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">
    /// The options are invalid; the exception lists all errors.
    /// </exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public static Task<MarbleActivation> ActivateAsync(Action<MarbleOptions> configure, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(configure);
        StartFailures.Heed();
        var options = new MarbleOptions();
        MarbleOptionsSource.ReadSection(MarbleOptionsSource.ReadProcess(), options);
        MarbleOptionsSource.ReadEnvironment(Environment.GetEnvironmentVariable, options);
        configure(options);
        return ActivateAsync(new MarbleActivatorOptions(options), cancellationToken);
    }

    /// <summary>Activates with exactly these options, and with services that replace those of the process.</summary>
    /// <param name="options">
    /// The options and services. Environment variables are not read, except <c>EDG_CWD</c> if no UUID file is set.
    /// </param>
    /// <param name="cancellationToken">Cancels the activation.</param>
    /// <returns>The identity, and the names of what was applied.</returns>
    /// <exception cref="MarbleActivationException">This process did not become a Marble.</exception>
    /// <exception cref="AttestationException">The platform cannot provide a quote.</exception>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">
    /// The options are invalid; the exception lists all errors.
    /// </exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    public static Task<MarbleActivation> ActivateAsync(MarbleActivatorOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(options);
        StartFailures.Heed();
        MarbleOptionsRules.ThrowIfInvalid(options.Marble);
        return RunAsync(options, cancellationToken);
    }

    /// <summary>
    /// Activates this process again as the same instance. The parameters in the reply are not applied: the caller replaces those that the
    /// process runs with.
    /// </summary>
    /// <param name="source">What the first activation used.</param>
    /// <param name="former">The identity that ends or has ended: the new one is of the same deployment, UUID and type.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <param name="logger">Receives names and reasons.</param>
    /// <param name="cancellationToken">Cancels the activation.</param>
    /// <exception cref="MarbleActivationException">The Coordinator refused or is not trusted, or is another deployment.</exception>
    /// <exception cref="AttestationException">The platform cannot provide a quote.</exception>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was cancelled.</exception>
    internal static Task<(MarbleIdentity Identity, ReceivedParameters Parameters)> ActivateAgainAsync(
        RenewalSource source, MarbleIdentity former, TimeProvider timeProvider, ILogger logger, CancellationToken cancellationToken) =>
        RequestAsync(
            source,
            new MarblePeer(former.MarbleType, former.Id),
            renews: true,
            former,
            timeProvider,
            logger,
            cancellationToken);

    private static async Task<MarbleActivation> RunAsync(MarbleActivatorOptions activator, CancellationToken cancellationToken)
    {
        MarbleOptions options = activator.Marble;
        ILogger logger = activator.Logger ?? ConsoleWarnings.Instance;
        IParameterTarget target = activator.ParameterTarget ?? new ProcessParameterTarget(options);
        if (!CoordinatorAddresses.TryParse(options.CoordinatorAddress, out CoordinatorAddresses? address))
        {
            throw new ArgumentException($"'{options.CoordinatorAddress}' is not a Coordinator address.", nameof(activator));
        }

        CoordinatorTrust trust =
            MeasuredTrust.Find(options) ?? throw new ArgumentException("No Coordinator is trusted.", nameof(activator));
        var source = new RenewalSource(
            address, trust, options, activator.QuoteIssuer ?? activator.CreateQuoteIssuer(), activator.Roots);
        TrustWarnings.Write(logger, trust, options, address.Authority);

        var self = new MarblePeer(options.MarbleType, LoadInstanceId(options, logger));
        (MarbleIdentity identity, ReceivedParameters parameters) = await RequestAsync(
            source, self, activator.Renews, former: null, activator.TimeProvider, logger, cancellationToken).ConfigureAwait(false);
        var rules = ParameterRules.Of(options);
        var plan = ParameterPlan.Create(parameters.Values, rules);
        cancellationToken.ThrowIfCancellationRequested();
        plan.Apply(target);
        Log.Activated(
            logger, identity.MarbleType, identity.Id, identity.NotAfter, plan.Summary.Files.Count, plan.Summary.Environment.Count);
        var secrets = new SecretSource(plan.Values);
        return new MarbleActivation(identity, plan.Summary)
        {
            Source = source with { Parameters = new LiveParameters(rules, target, plan, secrets, parameters.Version) },
            Coordinator = address,
            Secrets = new MarbleSecrets(secrets),
        };
    }

    private static async Task<(MarbleIdentity Identity, ReceivedParameters Parameters)> RequestAsync(
        RenewalSource source,
        MarblePeer self,
        bool renews,
        MarbleIdentity? former,
        TimeProvider timeProvider,
        ILogger logger,
        CancellationToken cancellationToken)
    {
        using Activity? activity = MarbleTelemetry.Source.StartActivity("marble.activate", ActivityKind.Client);
        activity?.SetTag(MarbleTelemetry.MarbleType, self.MarbleType);
        try
        {
            using var credentials = MarbleCredentials.Create(source.Options.DnsNames, timeProvider);
            Quote quote = await OwnQuote.IssueAsync(
                source.Issuer, ReportData.ForCertificate(credentials.Certificate.RawDataMemory.Span), cancellationToken)
                .ConfigureAwait(false);

            Log.Activating(logger, self.MarbleType, self.Id, source.Address.Authority);
            var request = new ActivationReq
            {
                Quote = ByteString.CopyFrom(quote.ToEvidence()),
                CSR = ByteString.CopyFrom(credentials.Request),
                MarbleType = self.MarbleType,
                UUID = MarbleUuid.ToCanonical(self.Id),
                Renews = renews,
            };
            using var check = new TrustCheck(source.Address, source.Trust, source.Options, source.Roots, former, timeProvider);
            (ReceivedParameters parameters, byte[]? serverCertificate, CoordinatorProof? proof) = await new ActivationCall(
                source.Address, check, timeProvider, logger)
                .RunAsync(credentials, request, source.Options.ActivationTimeout, cancellationToken).ConfigureAwait(false);

            MarbleIdentity identity = ActivationReply.ReadIdentity(
                parameters.Values, serverCertificate, self, timeProvider.GetUtcNow(), former);
            check.ThrowIfUntrusted(identity, proof);
            TrustWarnings.WriteListed(logger, proof, source.Address.Authority);
            activity?.SetTag(MarbleTelemetry.Certificate, identity.Fingerprint);
            return (identity, parameters);
        }
        catch (Exception e)
        {
            activity?.SetStatus(ActivityStatusCode.Error, e.Message);
            throw;
        }
    }

    private static Guid LoadInstanceId(MarbleOptions options, ILogger logger)
    {
        string path = MarbleOptionsSource.ResolveUuidFile(Environment.GetEnvironmentVariable, options);
        Guid id = UuidFile.LoadOrCreate(path, out bool isNew);
        if (isNew)
        {
            Log.InstanceIdCreated(logger, id, path);
        }

        return id;
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.Activating,
            LogLevel.Information,
            "Activating this process as Marble '{MarbleType}' {MarbleId} at the Coordinator {Address}.",
            EventName = "Activating")]
        public static partial void Activating(ILogger logger, string marbleType, Guid marbleId, string address);

        [LoggerMessage(
            EventIds.InstanceIdCreated,
            LogLevel.Information,
            "No UUID existed; {MarbleId} was created and stored in '{Path}'.",
            EventName = "InstanceIdCreated")]
        public static partial void InstanceIdCreated(ILogger logger, Guid marbleId, string path);

        [LoggerMessage(
            EventIds.Activated,
            LogLevel.Information,
            "This process is Marble '{MarbleType}' {MarbleId} until {NotAfter:u}; {FileCount} files were written, {VariableCount} "
            + "environment variables set.",
            EventName = "Activated")]
        public static partial void Activated(
            ILogger logger, string marbleType, Guid marbleId, DateTimeOffset notAfter, int fileCount, int variableCount);
    }
}
