using Grpc.AspNetCore.Server;
using MarbleRun.Coordinator.Activation;
using MarbleRun.Coordinator.Peers;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Hosting;

/// <summary>The options, the ports and the start.</summary>
internal static class HostingRegistration
{
    public static IServiceCollection AddCoordinatorOptions(this IServiceCollection services)
    {
        services.AddOptions<CoordinatorOptions>().BindConfiguration(CoordinatorOptions.SectionName).ValidateOnStart();
        services.AddSingleton<IConfigureOptions<CoordinatorOptions>, DnsNamesSetup>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<CoordinatorOptions>, CoordinatorOptionsRules>());
        services.TryAddSingleton(TimeProvider.System);
        return services;
    }

    public static IServiceCollection AddMeshPort(this IServiceCollection services)
    {
        services.AddGrpc(grpc => grpc.IgnoreUnknownServices = true)
            .AddServiceOptions<MarbleGrpcService>(grpc => grpc.Interceptors.Add<GrpcObserver>())
            .AddServiceOptions<MeshGrpcService>(grpc => grpc.Interceptors.Add<GrpcObserver>())
            .AddServiceOptions<PeerGrpcService>(grpc => grpc.Interceptors.Add<GrpcObserver>());
        Bound<MarbleGrpcService>();
        Bound<MeshGrpcService>();
        Bound<PeerGrpcService>();

        // No client of the mesh compresses: a message that would expand into megabytes is refused before. The defaults of gRPC are set
        // before this.
        services.PostConfigure<GrpcServiceOptions>(grpc => grpc.CompressionProviders.Clear());
        return services;

        void Bound<TService>()
            where TService : class =>
            services.AddOptions<GrpcServiceOptions<TService>>()
                .Configure<IOptions<CoordinatorOptions>>(
                    (grpc, coordinator) => grpc.MaxReceiveMessageSize = coordinator.Value.Limits.MaxMessageSize);
    }

    public static IServiceCollection AddPorts(this IServiceCollection services)
    {
        services.AddSingleton<CoordinatorTls>();
        services.AddSingleton<CoordinatorGuard>();
        services.AddSingleton<CoordinatorListeners>();

        // The bytes that a socket buffers while nothing reads it.
        services.Configure<SocketTransportOptions>(sockets => sockets.MaxReadBufferSize = 64 * 1024);
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IConfigureOptions<KestrelServerOptions>, KestrelSetup>());
        services.AddSingleton<Readiness>();
        services.AddSingleton<MonitoringPort>();
        services.AddSingleton<CoordinatorAnnouncer>();
        services.AddHostedService<CoordinatorStart>();
        return services;
    }
}
