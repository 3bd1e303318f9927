using Grpc.AspNetCore.Server;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Dcap;
using MarbleRun.Attestation.Evidence;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Attestation.Snp;
using MarbleRun.Coordinator;
using MarbleRun.Coordinator.Activation;
using MarbleRun.Coordinator.Attestation;
using MarbleRun.Coordinator.Audit;
using MarbleRun.Coordinator.Authority;
using MarbleRun.Coordinator.Counters;
using MarbleRun.Coordinator.Diagnostics;
using MarbleRun.Coordinator.Hosting;
using MarbleRun.Coordinator.Http;
using MarbleRun.Coordinator.Http.Limits;
using MarbleRun.Coordinator.Limits;
using MarbleRun.Coordinator.Manifests;
using MarbleRun.Coordinator.Monitoring;
using MarbleRun.Coordinator.Recovery;
using MarbleRun.Coordinator.Sealing;
using MarbleRun.Coordinator.Secrets;
using MarbleRun.Coordinator.Secrets.Certificates;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.Stores;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Adds a Coordinator to a host.</summary>
public static class CoordinatorServiceCollectionExtensions
{
    /// <summary>
    /// Adds a Coordinator, with its options from the configuration section <c>Coordinator</c>. What is registered before as
    /// <see cref="IQuoteIssuer"/>, <see cref="IQuoteVerifier"/>, <see cref="ISealingKeyProvider"/>, <see cref="IStateStore"/> or
    /// <see cref="TimeProvider"/> is used instead of the default.
    /// </summary>
    /// <param name="services">The host's services.</param>
    public static IServiceCollection AddCoordinator(this IServiceCollection services)
    {
        ArgumentNullException.ThrowIfNull(services);
        AddOptions(services);
        AddPlatform(services);
        AddState(services);
        AddCapabilities(services);
        AddPorts(services);
        AddMonitoring(services);
        return services;
    }

    private static void AddOptions(IServiceCollection services)
    {
        services.AddOptions<CoordinatorOptions>().BindConfiguration(CoordinatorOptions.SectionName).ValidateOnStart();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<CoordinatorOptions>, CoordinatorOptionsRules>());
        services.TryAddSingleton(TimeProvider.System);
    }

    private static void AddPlatform(IServiceCollection services)
    {
        services.TryAddSingleton(sp => SimulationPlatform.Open(timeProvider: sp.GetRequiredService<TimeProvider>()));
        services.TryAddSingleton<IQuoteIssuer>(sp => IsSimulation(sp)
            ? CreateSimulatedIssuer(sp.GetRequiredService<SimulationPlatform>())
            : new UnavailableQuoteIssuer());
        services.AddSingleton<CurrentCaller>();
        services.AddSingleton(CreateCollateralSources);
        services.AddSingleton<VerificationGate>();
        services.TryAddSingleton(DcapTrustAnchor.IntelSgx);
        services.TryAddSingleton(SnpTrustAnchor.Amd);
        services.TryAddSingleton<IQuoteVerifier>(sp => IsSimulation(sp) ? CreateSimulatedVerifier(sp) : CreateVerifier(sp));
        services.TryAddSingleton<ISealingKeyProvider>(sp => IsSimulation(sp)
            ? CreateSimulatedSealing(sp.GetRequiredService<SimulationPlatform>())
            : new UnavailableSealingKeyProvider());
    }

    private static void AddState(IServiceCollection services)
    {
        services.TryAddSingleton<IFileOperations, FileOperations>();
        services.TryAddSingleton<IStateStore>(sp => new FileStateStore(
            sp.GetRequiredService<IOptions<CoordinatorOptions>>().Value.SealDirectory, sp.GetRequiredService<IFileOperations>(), sp.GetRequiredService<TimeProvider>()));
        services.AddSingleton<KeySealer>();
        services.AddSingleton(sp => new StateRepository(
            sp.GetRequiredService<IStateStore>(), sp.GetRequiredService<KeySealer>(), sp.GetRequiredService<ILogger<StateRepository>>(), FindGuard(sp)));
        services.AddSingleton<CurrentState>();
        services.AddSingleton<StateWriter>();
        services.AddHostedService<StateService>();

        // After the state, which knows how far the trail went; before everybody who decides anything.
        services.AddSingleton<AuditLog>();
        services.AddHostedService(sp => sp.GetRequiredService<AuditLog>());
        services.AddSingleton<IActivationObstacle>(sp => sp.GetRequiredService<AuditLog>());
        services.AddSingleton<IActivationObstacle>(sp => sp.GetRequiredService<StateWriter>());
        services.AddSingleton<IActivationObstacle, AuthorityValidity>();
    }

    private static void AddCapabilities(IServiceCollection services)
    {
        services.AddGrpc(grpc => grpc.IgnoreUnknownServices = true)
            .AddServiceOptions<MarbleGrpcService>(grpc => grpc.Interceptors.Add<GrpcObserver>())
            .AddServiceOptions<MeshGrpcService>(grpc => grpc.Interceptors.Add<GrpcObserver>());
        services.AddOptions<GrpcServiceOptions<MarbleGrpcService>>()
            .Configure<IOptions<CoordinatorOptions>>((grpc, coordinator) => grpc.MaxReceiveMessageSize = coordinator.Value.Limits.MaxMessageSize);
        services.AddOptions<GrpcServiceOptions<MeshGrpcService>>()
            .Configure<IOptions<CoordinatorOptions>>((grpc, coordinator) => grpc.MaxReceiveMessageSize = coordinator.Value.Limits.MaxMessageSize);

        // Nobody who calls compresses: a message that unfolds into megabytes is refused before it does. The defaults of gRPC are set before this.
        services.PostConfigure<GrpcServiceOptions>(grpc => grpc.CompressionProviders.Clear());
        services.AddSingleton<MeshMessageCheck>();
        services.AddSingleton<MarbleIssuer>();
        services.AddSingleton<CertificateSecretIssuer>();
        services.AddSingleton<SecretResolver>();
        services.AddSingleton<SecretGenerator>();
        services.AddSingleton<SecretUpdate>();
        services.AddSingleton<SecretLimits>();
        services.AddSingleton<SecretService>();
        services.AddSingleton<IApiEndpoints, SecretEndpoints>();
        services.AddSingleton<ParameterRenderer>();
        services.AddSingleton<MarbleAdmission>();
        services.AddSingleton<ActivationBudget>();
        services.AddSingleton<ActivationService>();

        services.AddSingleton<Bootstrap>();
        services.AddSingleton<ManifestReading>();
        services.AddSingleton<ManifestPreparation>();
        services.AddSingleton<ManifestService>();
        services.AddSingleton<UpdateService>();
        services.AddSingleton<SignatureService>();
        services.AddSingleton<IApiEndpoints, ManifestEndpoints>();
        services.AddSingleton<IApiEndpoints, UpdateEndpoints>();
        services.AddSingleton<IApiEndpoints, SignatureEndpoints>();
        services.AddSingleton<StartupUpdate>();
        services.AddHostedService<StartupManifest>();

        services.AddSingleton<RecoveryService>();
        services.AddHostedService(sp => sp.GetRequiredService<RecoveryService>());
        services.AddSingleton<IApiEndpoints, RecoveryEndpoints>();

        services.AddSingleton<CounterService>();
        services.AddSingleton<IApiEndpoints, CounterEndpoints>();

        services.AddSingleton<QuoteGate>();
        services.AddSingleton<MeshAttestation>();
        services.AddSingleton(sp => new SimulatedEvidenceCheck(IsSimulation(sp) ? sp.GetRequiredService<SimulationPlatform>() : null));
        services.AddSingleton<QuoteService>();
        services.AddHostedService(sp => sp.GetRequiredService<QuoteService>());
        services.AddSingleton<IApiEndpoints, QuoteEndpoints>();
        services.AddSingleton<QuoteSigning>();
        services.AddSingleton<IApiEndpoints, QuoteSigningEndpoints>();
    }

    private static void AddPorts(IServiceCollection services)
    {
        services.AddSingleton<IApiEndpoints, StatusEndpoints>();
        services.AddSingleton<IApiEndpoints, OpenApiEndpoint>();
        services.AddSingleton<RequestBudget>();
        services.AddSingleton<BodyReader>();
        services.AddSingleton<MeshMessages>();
        services.AddSingleton<PacedAnswers>();
        services.AddSingleton<RequestBody>();
        services.AddSingleton<UserLogin>();
        services.AddSingleton<ClientApi>();
        services.AddSingleton<CoordinatorTls>();
        services.AddSingleton<CoordinatorGuard>();
        services.AddSingleton<CoordinatorListeners>();

        // What a socket takes in while nobody reads.
        services.Configure<SocketTransportOptions>(sockets => sockets.MaxReadBufferSize = 64 * 1024);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConfigureOptions<KestrelServerOptions>, KestrelSetup>());
        services.AddHostedService<CoordinatorAnnouncer>();
    }

    private static void AddMonitoring(IServiceCollection services)
    {
        services.AddMetrics();
        services.AddSingleton<CoordinatorMetrics>();
        services.AddSingleton<ApiMetrics>();
        services.AddSingleton<GrpcMetrics>();
        services.AddSingleton<GrpcObserver>();
        services.AddSingleton<ApiObserver>();
        services.AddSingleton<ActivationEventLog>();
        services.AddSingleton<ActivationTelemetry>();
        services.AddSingleton<StateGauges>();
        services.AddSingleton<Readiness>();
        services.AddSingleton<PrometheusExport>();
        services.AddSingleton<MonitoringPort>();
        services.AddHostedService(sp => sp.GetRequiredService<MonitoringPort>());
    }

    private static IGenerationGuard? FindGuard(IServiceProvider services) =>
        services.GetService<IGenerationGuard>()
        ?? (services.GetRequiredService<IOptions<CoordinatorOptions>>().Value.GenerationGuardPath is { Length: > 0 } path
            ? new FileGenerationGuard(path, services.GetRequiredService<IFileOperations>())
            : null);

    private static CollateralSources CreateCollateralSources(IServiceProvider services) => new(
        services.GetRequiredService<IOptions<CoordinatorOptions>>(),
        services.GetRequiredService<TimeProvider>(),
        services.GetRequiredService<CurrentCaller>(),
        IsSimulation(services) ? services.GetRequiredService<SimulationPlatform>().TrustAnchor : services.GetRequiredService<DcapTrustAnchor>(),
        services.GetRequiredService<SnpTrustAnchor>());

    private static EvidenceVerifier CreateVerifier(IServiceProvider services) => EvidenceVerifier.ForRoots(
        services.GetRequiredService<DcapTrustAnchor>(),
        services.GetRequiredService<SnpTrustAnchor>(),
        services.GetRequiredService<CollateralSources>().Provider,
        services.GetRequiredService<TimeProvider>());

    /// <summary>Believes the development root alone. Software needs no collateral; if a source is to be asked, all of it is needed, as on hardware.</summary>
    private static EvidenceVerifier CreateSimulatedVerifier(IServiceProvider services)
    {
        SimulationPlatform platform = services.GetRequiredService<SimulationPlatform>();
        IQuoteVerifier dcap = services.GetRequiredService<CollateralSources>().Provider is { } provider
            ? new DcapQuoteVerifier(platform.TrustAnchor, provider, services.GetRequiredService<TimeProvider>())
            : platform.CreateVerifier();
        return new EvidenceVerifier(dcap, snp: null);
    }

    private static IQuoteIssuer CreateSimulatedIssuer(SimulationPlatform platform) => platform.CreateIssuer(platform.MeasureRunningProcess());

    private static SimulationSealingKeyProvider CreateSimulatedSealing(SimulationPlatform platform) => new(platform.Directory, platform.MeasureRunningProcess);

    private static bool IsSimulation(IServiceProvider services) => services.GetRequiredService<IOptions<CoordinatorOptions>>().Value.Simulation;
}
