using System.Globalization;
using System.Net;
using System.Net.Sockets;
using MarbleRun.Coordinator.Kubernetes.Api;
using MarbleRun.Coordinator.Peers;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Kubernetes;

/// <summary>Finds the other Coordinators by the EndpointSlices of a service.</summary>
/// <remarks>
/// Endpoints that are not ready are asked, too: a Coordinator that has the keys is not ready before the manifest is set, or while the store
/// is away. One that has ended (terminating, and not serving) is not.
/// </remarks>
internal sealed class KubernetesPeers(IOptions<KubernetesStoreOptions> options) : IPeerDiscovery, IDisposable
{
    private readonly Lazy<KubernetesCluster> _cluster = new(() => new KubernetesCluster(options.Value));

    public bool IsConfigured => options.Value.PeerService.Length > 0;

    public async ValueTask<IReadOnlyList<string>> FindAsync(CancellationToken cancellationToken)
    {
        (string service, string port) = Split(options.Value.PeerService);
        IReadOnlyList<EndpointSlice> slices = await _cluster.Value.ListSlicesAsync(service, cancellationToken).ConfigureAwait(false);
        if (slices.Count == 0)
        {
            throw new PeerDiscoveryException(
                $"{_cluster.Value.Name}: the service '{service}' has no EndpointSlices. Create it, with a selector for the pods of the "
                + $"Coordinators, or correct {KubernetesStoreOptions.SectionName}:{nameof(KubernetesStoreOptions.PeerService)}.");
        }

        (EndpointSlice Slice, int? Port)[] withPorts = [.. slices.Select(slice => (slice, FindPort(slice, port)))];
        if (Array.TrueForAll(withPorts, s => s.Port is null))
        {
            throw new PeerDiscoveryException(
                $"{_cluster.Value.Name}: the service '{service}' has no port with the name '{port}'. Name the peer port in the service, or "
                + $"give its number in {KubernetesStoreOptions.SectionName}:{nameof(KubernetesStoreOptions.PeerService)}.");
        }

        return
        [
            .. withPorts
                .Where(s => s.Port is not null)
                .SelectMany(s => (s.Slice.Endpoints ?? []).Select(e => (Endpoint: e, Address: AddressOf(s.Slice, e, s.Port!.Value))))
                .Where(e => e.Address is not null && e.Endpoint.Conditions is not { Terminating: true, Serving: false })
                .OrderByDescending(e => e.Endpoint.Conditions?.Ready ?? true)
                .Select(e => e.Address!)
                .Distinct(StringComparer.Ordinal),
        ];
    }

    public void Dispose()
    {
        if (_cluster.IsValueCreated)
        {
            _cluster.Value.Dispose();
        }
    }

    /// <summary>For messages.</summary>
    public override string ToString() => $"service {options.Value.PeerService}";

    /// <summary>Service and port of the option; without a port, it is that of peers.</summary>
    internal static (string Service, string Port) Split(string option)
    {
        int colon = option.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? (option, "5433") : (option[..colon], option[(colon + 1)..]);
    }

    private static int? FindPort(EndpointSlice slice, string port) =>
        int.TryParse(port, NumberStyles.None, CultureInfo.InvariantCulture, out int number)
            ? number
            : slice.Ports?.FirstOrDefault(p => string.Equals(p.Name, port, StringComparison.Ordinal))?.Port;

    private static string? AddressOf(EndpointSlice slice, Endpoint endpoint, int port) => endpoint.Addresses switch
    {
        [var address, ..] when slice.AddressType == "FQDN" && Uri.CheckHostName(address) == UriHostNameType.Dns => $"{address}:{port}",
        [var address, ..] when IPAddress.TryParse(address, out IPAddress? ip) =>
            ip.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{ip}]:{port}" : $"{ip}:{port}",
        _ => null,
    };
}
