using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Peers;

/// <summary>Where the other Coordinators are: as the options say, and as what the host registered finds.</summary>
internal sealed class PeerAddresses(IOptions<CoordinatorOptions> options, IEnumerable<IPeerDiscovery> discoveries)
{
    /// <summary>A name with more addresses is not one of Coordinators.</summary>
    private const int Most = 64;

    private readonly IPeerDiscovery[] _discoveries = [.. discoveries];

    /// <summary>Resolves the name in the options; another one in tests.</summary>
    internal Func<string, CancellationToken, Task<IPAddress[]>> Resolve { get; init; } = Dns.GetHostAddressesAsync;

    /// <summary>Whether any can be found.</summary>
    public bool AreNamed =>
        options.Value.Peers is { } peers
        && (peers.Listed.Length > 0 || !string.IsNullOrEmpty(peers.Dns) || _discoveries.Any(d => d.IsConfigured));

    /// <summary>All addresses, <c>host:port</c>; a name that is not found now has none.</summary>
    /// <returns>The addresses; and where none were found although they should be, with the reason.</returns>
    public async ValueTask<(IReadOnlyList<string> Addresses, IReadOnlyDictionary<string, string> Faults)> FindAsync(
        CancellationToken cancellationToken)
    {
        PeerOptions peers = options.Value.Peers;
        List<string> found = [.. peers.Listed];
        var faults = new Dictionary<string, string>(StringComparer.Ordinal);
        if (!string.IsNullOrEmpty(peers.Dns))
        {
            int colon = peers.Dns.LastIndexOf(':');
            try
            {
                IPAddress[] addresses = await Resolve(peers.Dns[..colon], cancellationToken);
                found.AddRange(addresses.Take(Most).Select(
                    a => a.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{a}]{peers.Dns[colon..]}" : $"{a}{peers.Dns[colon..]}"));
            }
            catch (SocketException exception)
            {
                faults[peers.Dns] = $"the name was not resolved ({exception.Message})";
            }
        }

        foreach (IPeerDiscovery discovery in _discoveries.Where(d => d.IsConfigured))
        {
            try
            {
                found.AddRange((await discovery.FindAsync(cancellationToken)).Take(Most));
            }
            catch (PeerDiscoveryException exception)
            {
                faults[discovery.ToString()!] = exception.Message.TrimEnd('.');
            }
        }

        return ([.. found.Distinct(StringComparer.Ordinal)], faults);
    }
}
