using System.Net;
using System.Net.Sockets;

namespace MarbleRun;

/// <summary>What a caller may cost a TLS port before anybody knows who is there.</summary>
public sealed class ConnectionLimits
{
    internal const int LeastHandshakeBytes = 2048;
    internal const int MostHandshakeBytes = 262_144;

    /// <summary>
    /// The bytes that a client may send behind its ClientHello until its TLS handshake is over, from 2,048 to 262,144; the default is 3,072. A client's certificates are the
    /// most of them, and the platform checks each before it asks who they are of. A connection with more is closed. Data of the application does not count; the ClientHello
    /// may have 8,192 bytes of its own.
    /// </summary>
    public int MaxHandshakeBytes { get; set; } = 3072;

    /// <summary>
    /// How many handshakes are worked on at the same time, up to 1,024; 0, which is the default, stands for one for each processor and two at least. A connection
    /// holds a place only while what it sent is worked on, never while it is waited for.
    /// </summary>
    public int MaxHandshakesAtOnce { get; set; }

    /// <summary>
    /// The processor's time that the handshakes of one address may take in each second before others come first, from 1 millisecond to 10 seconds; the default is
    /// 100 milliseconds, some fifty plain handshakes. Ten seconds of it can be saved up. An address that has spent it is served when nobody else waits.
    /// </summary>
    public TimeSpan HandshakeTimePerSecond { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>
    /// How many connections one address may have open, from 1 to 1,000,000; the default is 1,024. Behind a proxy or a translation of addresses that hides its clients
    /// all of them are one address. A connection beyond that is closed. Peers without an IP address, as those of Unix sockets, are not counted.
    /// </summary>
    public int MaxConnectionsPerAddress { get; set; } = 1024;

    /// <summary>What limits by address count under: an IPv4 address, also one that is written as IPv6, as it is; of an IPv6 address its network of 64 bits, which is one subscriber.</summary>
    /// <param name="address">The address of a peer, or null if it has none.</param>
    /// <returns>The address, of IPv6 with 64 bits of zeros at its end; null for null.</returns>
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

    /// <summary>Everything that is wrong with these values: the name of a member and the rule that it breaks, in words. Empty if nothing is.</summary>
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
