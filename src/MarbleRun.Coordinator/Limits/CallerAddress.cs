using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;

namespace MarbleRun.Coordinator.Limits;

/// <summary>
/// Whom a limit by address counts: an IPv4 address, or the first 64 bits of an IPv6 address, since a caller with one address of such a
/// network has all of them.
/// </summary>
/// <param name="Value">The bits, IPv4 as a mapped address.</param>
internal readonly record struct CallerAddress(UInt128 Value)
{
    private const int HostBits = 64;

    /// <summary>All callers without an address count as one.</summary>
    public static CallerAddress Of(IPAddress? address)
    {
        if (address is null)
        {
            return default;
        }

        Span<byte> bytes = stackalloc byte[16];
        address.MapToIPv6().TryWriteBytes(bytes, out _);
        UInt128 value = BinaryPrimitives.ReadUInt128BigEndian(bytes);
        bool isIpv4 = address.AddressFamily == AddressFamily.InterNetwork || address.IsIPv4MappedToIPv6;
        return new CallerAddress(isIpv4 ? value : value >> HostBits << HostBits);
    }
}
