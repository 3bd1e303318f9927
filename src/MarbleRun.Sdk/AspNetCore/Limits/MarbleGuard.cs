using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Server.Kestrel.Transport.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MarbleRun.AspNetCore.Limits;

/// <summary>Puts the endpoints of a Marble behind one guard.</summary>
internal static class MarbleGuard
{
    public const string MeterName = "MarbleRun.Sdk";

    public static void Add(IServiceCollection services)
    {
        services.AddMetrics();
        services.TryAddSingleton(Create);
        services.TryAddSingleton<IConnectionListenerFactory, SocketTransportFactory>();
        for (int i = 0; i < services.Count; i++)
        {
            ServiceDescriptor transport = services[i];
            if (transport.ServiceType == typeof(IConnectionListenerFactory) && !transport.IsKeyedService)
            {
                services[i] = ServiceDescriptor.Singleton<IConnectionListenerFactory>(
                    s => new GuardedTransportFactory(Resolve(transport, s), s.GetRequiredService<ConnectionGuard>));
            }
        }
    }

    private static ConnectionGuard Create(IServiceProvider services) => new(
        services.GetRequiredService<IOptions<MarbleOptions>>().Value.ConnectionLimits,
        services.GetRequiredService<IMeterFactory>().Create(MeterName),
        "marble",
        services.GetRequiredService<ILogger<ConnectionGuard>>(),
        services.GetRequiredService<TimeProvider>());

    private static IConnectionListenerFactory Resolve(ServiceDescriptor transport, IServiceProvider services) =>
        (IConnectionListenerFactory)(transport.ImplementationInstance
            ?? transport.ImplementationFactory?.Invoke(services)
            ?? ActivatorUtilities.CreateInstance(services, transport.ImplementationType!));
}
