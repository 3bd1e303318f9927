using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Peers;

/// <summary>Where the other Coordinators are, as far as the options say.</summary>
internal sealed class PeerAddresses(IOptions<CoordinatorOptions> options)
{
    /// <summary>A name with more addresses is not one of Coordinators.</summary>
    private const int Most = 64;

    /// <summary>Whether the options name any.</summary>
    public bool AreNamed => options.Value.Peers is { } peers && (peers.Listed.Length > 0 || !string.IsNullOrEmpty(peers.Dns));

    /// <summary>All addresses, <c>host:port</c>; a name that is not found now has none.</summary>
    /// <returns>The addresses, and why the name was not resolved, or null.</returns>
    public async ValueTask<(IReadOnlyList<string> Addresses, string? Fault)> FindAsync(CancellationToken cancellationToken)
    {
        PeerOptions peers = options.Value.Peers;
        List<string> found = [.. peers.Listed];
        if (string.IsNullOrEmpty(peers.Dns))
        {
            return (found, null);
        }

        int colon = peers.Dns.LastIndexOf(':');
        string name = peers.Dns[..colon];
        try
        {
            IPAddress[] addresses = await Dns.GetHostAddressesAsync(name, cancellationToken);
            found.AddRange(addresses.Take(Most).Select(
                a => a.AddressFamily == AddressFamily.InterNetworkV6 ? $"[{a}]{peers.Dns[colon..]}" : $"{a}{peers.Dns[colon..]}"));
            return ([.. found.Distinct(StringComparer.Ordinal)], null);
        }
        catch (SocketException exception)
        {
            return (found, $"{name}: {exception.Message}");
        }
    }
}
