using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace MarbleRun.Coordinator.Hosting;

/// <summary>An address to listen at, written <c>host:port</c>; without a host, all interfaces.</summary>
/// <param name="Host">An IP address, a host name as in MarbleRun 1.9 (the name of a container), or null for all interfaces.</param>
/// <param name="Port">The port; 0 uses a free one.</param>
internal sealed record ListenAddress(string? Host, int Port)
{
    /// <summary>The form of an address, for the message when <see cref="TryParse"/> refuses one.</summary>
    public const string Form = "write 'host:port' with an IP address, a host name or nothing as host; put an IPv6 address in brackets";

    public static bool TryParse(string? text, [NotNullWhen(true)] out ListenAddress? address)
    {
        address = null;
        int colon = text?.LastIndexOf(':') ?? -1;
        if (colon < 0 || !ushort.TryParse(text.AsSpan(colon + 1), out ushort port))
        {
            return false;
        }

        string host = text![..colon];
        if (host.StartsWith('[') && host.EndsWith(']'))
        {
            host = host[1..^1];
        }

        if (host.Length == 0)
        {
            address = new ListenAddress(Host: null, port);
        }
        else if (IPAddress.TryParse(host, out _) || Uri.CheckHostName(host) == UriHostNameType.Dns)
        {
            address = new ListenAddress(host, port);
        }

        return address is not null;
    }

    /// <summary>The IP address to bind; for a host name, its first IPv4 address, otherwise its first address, as in Go. Null for all
    /// interfaces.</summary>
    /// <exception cref="SocketException">The host name has no address.</exception>
    public IPAddress? Resolve()
    {
        if (Host is null)
        {
            return null;
        }

        IPAddress[] addresses = Dns.GetHostAddresses(Host);
        return Array.Find(addresses, a => a.AddressFamily == AddressFamily.InterNetwork)
            ?? (addresses is [var first, ..] ? first : throw new SocketException((int)SocketError.HostNotFound));
    }
}
