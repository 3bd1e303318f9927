using System.ComponentModel.DataAnnotations;
using System.Net;
using System.Net.Sockets;

namespace MarbleRun;

/// <summary>The limits for connections to a TLS port whose clients are not yet authenticated.</summary>
public sealed class ConnectionLimits
{
    internal const int LeastHandshakeBytes = 2048;
    internal const int MostHandshakeBytes = 262_144;

    /// <summary>
    /// The number of bytes that a client may send after its ClientHello until the TLS handshake ends, from 2,048 to 262,144; the default is
    /// 3,072. Most of them are the client's certificates, and the platform checks each certificate before it checks its identity. A
    /// connection that exceeds the limit is closed. Application data does not count. The ClientHello has a limit of its own, 8,192 bytes.
    /// </summary>
    [Range(LeastHandshakeBytes, MostHandshakeBytes)]
    public int MaxHandshakeBytes { get; set; } = 3072;

    /// <summary>
    /// The number of handshakes that are processed at the same time, up to 1,024. The default, 0, means one for each processor, and at
    /// least two. A connection holds a place only while received data is processed, never while the server waits for data.
    /// </summary>
    [Range(0, 1024)]
    public int MaxHandshakesAtOnce { get; set; }

    /// <summary>
    /// The processor time that the handshakes of one address may take in each second before other addresses take precedence, from 1
    /// millisecond to 10 seconds; the default is 100 milliseconds, about fifty handshakes without client certificates. An address can save
    /// up ten seconds. An address that has spent its time is served when no other address is waiting.
    /// </summary>
    public TimeSpan HandshakeTimePerSecond { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// The number of connections that one address may have open, from 1 to 1,000,000; the default is 1,024. Clients behind a proxy or a
    /// network address translation share one address. A connection above the limit is closed. Peers without an IP address, such as those of
    /// Unix sockets, are not counted.
    /// </summary>
    [Range(1, 1_000_000)]
    public int MaxConnectionsPerAddress { get; set; } = 1024;

    /// <summary>
    /// The address that limits per address count by: an IPv4 address, also when it is mapped to IPv6, counts as itself; an IPv6 address
    /// counts as its 64-bit network, which is one subscriber.
    /// </summary>
    /// <param name="address">The address of a peer, or null if it has none.</param>
    /// <returns>The address, of IPv6 with the last 64 bits set to zero; null for null.</returns>
    public static IPAddress? CountedAddress(IPAddress? address)
    {
        if (address is not { AddressFamily: AddressFamily.InterNetworkV6 })
        {
            return address;
        }

        if (address.IsIPv4MappedToIPv6)
        {
            return address.MapToIPv4();
        }

        Span<byte> bytes = stackalloc byte[16];
        address.TryWriteBytes(bytes, out _);
        bytes[8..].Clear();
        return new IPAddress(bytes);
    }

    /// <summary>
    /// Returns an error for each invalid value: the name of the member and the rule that it breaks. Empty if all are valid.
    /// </summary>
    public IEnumerable<string> FindFaults()
    {
        if (MaxHandshakeBytes is < LeastHandshakeBytes or > MostHandshakeBytes)
        {
            yield return $"{nameof(MaxHandshakeBytes)} must be from {LeastHandshakeBytes} to {MostHandshakeBytes} bytes";
        }

        if (MaxHandshakesAtOnce is < 0 or > 1024)
        {
            yield return $"{nameof(MaxHandshakesAtOnce)} must be from 1 to 1024, or 0 for one for each processor";
        }

        if (HandshakeTimePerSecond < TimeSpan.FromMilliseconds(1) || HandshakeTimePerSecond > TimeSpan.FromSeconds(10))
        {
            yield return $"{nameof(HandshakeTimePerSecond)} must be from 1 millisecond to 10 seconds";
        }

        if (MaxConnectionsPerAddress is < 1 or > 1_000_000)
        {
            yield return $"{nameof(MaxConnectionsPerAddress)} must be from 1 to 1000000";
        }
    }
}
