using System.Buffers.Binary;
using System.Security.Cryptography;

namespace MarbleRun.Tests.AspNetCore.Limits;

/// <summary>The first message of a client of TLS 1.3, byte by byte (RFC 8446, 4.1.2).</summary>
internal static class RawClientHello
{
    /// <summary>The random of a ServerHello that asks for another ClientHello: SHA-256 of "HelloRetryRequest".</summary>
    public static string RetryRandom { get; } = Convert.ToHexStringLower(SHA256.HashData("HelloRetryRequest"u8));

    /// <summary>A record with the message.</summary>
    /// <param name="hasKeyShare">Whether it has a key of P-256 in it; if not, the server asks for one.</param>
    /// <param name="padding">The bytes of its padding.</param>
    public static byte[] Create(bool hasKeyShare, int padding)
    {
        using var key = ECDiffieHellman.Create(ECCurve.NamedCurves.nistP256);
        ECParameters parameters = key.ExportParameters(includePrivateParameters: false);
        byte[] share = hasKeyShare ? [0, 0x17, .. Sized([4, .. parameters.Q.X!, .. parameters.Q.Y!])] : [];
        byte[] extensions =
        [
            .. Extension(43, [2, 3, 4]),
            .. Extension(10, Sized([0, 0x17])),
            .. Extension(13, Sized([4, 3])),
            .. Extension(51, Sized(share)),
            .. Extension(21, new byte[padding]),
        ];
        byte[] body =
        [
            3,
            3,
            .. Enumerable.Repeat((byte)7, 32),
            32,
            .. Enumerable.Repeat((byte)8, 32),
            .. Sized([0x13, 1]),
            1,
            0,
            .. Sized(extensions),
        ];
        return [22, 3, 1, .. Sized([1, 0, .. Sized(body)])];
    }

    /// <summary>Reads the server's records up to its next ServerHello; the random of that.</summary>
    public static async Task<string> ReadRandomAsync(Stream stream, CancellationToken cancellationToken)
    {
        while (true)
        {
            byte[] header = new byte[5];
            await stream.ReadExactlyAsync(header, cancellationToken);
            byte[] payload = new byte[BinaryPrimitives.ReadUInt16BigEndian(header.AsSpan(3))];
            await stream.ReadExactlyAsync(payload, cancellationToken);
            if (header[0] == 22 && payload[0] == 2)
            {
                return Convert.ToHexStringLower(payload.AsSpan(6, 32));
            }
        }
    }

    private static byte[] Extension(byte type, byte[] value) => [0, type, .. Sized(value)];

    private static byte[] Sized(byte[] value) => [(byte)(value.Length >> 8), (byte)value.Length, .. value];
}
