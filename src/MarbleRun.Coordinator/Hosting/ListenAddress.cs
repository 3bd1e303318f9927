using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace MarbleRun.Coordinator.Hosting;

/// <summary>An address to listen at, written <c>host:port</c>; without a host, all interfaces.</summary>
/// <param name="Host">An IP address, <c>localhost</c>, or null for all interfaces.</param>
/// <param name="Port">0 takes a free one.</param>
internal sealed record ListenAddress(IPAddress? Host, int Port)
{
    public static bool TryParse(string? text, [NotNullWhen(true)] out ListenAddress? address)
    {
        address = null;
        int colon = text?.LastIndexOf(':') ?? -1;
        if (colon < 0 || !ushort.TryParse(text.AsSpan(colon + 1), out ushort port))
        {
            return false;
        }

        string host = text![..colon];
        if (host.Length == 0)
        {
            address = new ListenAddress(null, port);
        }
        else if (host == "localhost")
        {
            address = new ListenAddress(IPAddress.Loopback, port);
        }
        else if (IPAddress.TryParse(host.Trim('[', ']'), out IPAddress? ip))
        {
            address = new ListenAddress(ip, port);
        }

        return address is not null;
    }
}
