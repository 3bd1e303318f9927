using System.Diagnostics.CodeAnalysis;
using System.Net;

namespace MarbleRun.Activation;

/// <summary>The address for probes, written <c>host:port</c>; without a host, all interfaces.</summary>
/// <param name="Host">An IP address, or null for all interfaces.</param>
/// <param name="Port">The port; 0 selects a free port.</param>
internal sealed record HealthAddress(IPAddress? Host, int Port)
{
    public static bool TryParse(string? text, [NotNullWhen(true)] out HealthAddress? address)
    {
        address = null;
        if (text is [':', .. string port] && ushort.TryParse(port, out ushort number))
        {
            address = new HealthAddress(null, number);
        }
        else if (!string.IsNullOrEmpty(text)
            && text.LastIndexOf(':') > 0
            && IPEndPoint.TryParse(text.Replace("localhost:", "127.0.0.1:", StringComparison.Ordinal), out IPEndPoint? endPoint))
        {
            address = new HealthAddress(endPoint.Address, endPoint.Port);
        }

        return address is not null;
    }
}
