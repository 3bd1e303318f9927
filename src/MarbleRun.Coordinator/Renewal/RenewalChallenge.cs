using System.Buffers.Binary;
using System.Security.Cryptography;

namespace MarbleRun.Coordinator.Renewal;

/// <summary>
/// The challenges of renewals. A challenge is the time at which it ends and an authentication code over it and the caller's certificate, so
/// that nothing is kept for a caller that never comes back; another process, or a restarted one, does not accept it.
/// </summary>
internal sealed class RenewalChallenge(TimeProvider timeProvider)
{
    /// <summary>In bytes: 8 of time and 24 of HMAC-SHA-256.</summary>
    public const int Size = 32;

    private const int TimeSize = sizeof(long);

    /// <summary>The making of a quote, and the wait for a turn, come in between.</summary>
    private static readonly TimeSpan s_lifetime = TimeSpan.FromMinutes(5);

    private readonly byte[] _key = RandomNumberGenerator.GetBytes(32);

    /// <summary>Makes a challenge for the holder of a certificate, DER.</summary>
    public byte[] Create(ReadOnlySpan<byte> certificate)
    {
        byte[] challenge = new byte[Size];
        BinaryPrimitives.WriteInt64BigEndian(challenge, (timeProvider.GetUtcNow() + s_lifetime).ToUnixTimeMilliseconds());
        Authenticate(challenge.AsSpan(0, TimeSize), certificate).CopyTo(challenge.AsSpan(TimeSize));
        return challenge;
    }

    /// <summary>Whether this process made the challenge for that certificate, not long ago.</summary>
    public bool IsValid(ReadOnlySpan<byte> challenge, ReadOnlySpan<byte> certificate)
    {
        if (challenge.Length != Size
            || !CryptographicOperations.FixedTimeEquals(Authenticate(challenge[..TimeSize], certificate), challenge[TimeSize..]))
        {
            return false;
        }

        DateTimeOffset now = timeProvider.GetUtcNow();
        long end = BinaryPrimitives.ReadInt64BigEndian(challenge);
        return now.ToUnixTimeMilliseconds() <= end && end <= (now + s_lifetime).ToUnixTimeMilliseconds();
    }

    private byte[] Authenticate(ReadOnlySpan<byte> time, ReadOnlySpan<byte> certificate)
    {
        using var code = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, _key);
        code.AppendData("marblerun renewal challenge 1"u8);
        code.AppendData(time);
        code.AppendData(SHA256.HashData(certificate));
        return code.GetHashAndReset()[..(Size - TimeSize)];
    }
}
