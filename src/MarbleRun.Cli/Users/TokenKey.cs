using System.Formats.Asn1;
using System.Security.Cryptography;
using MarbleRun.Cli.Users.Pkcs11;

namespace MarbleRun.Cli.Users;

/// <summary>A private key that does not leave its token.</summary>
internal sealed class TokenKey(
    Pkcs11Library library, ulong slot, Pkcs11Session session, (ulong Private, ulong Public) key, string name)
{
    private const byte RsaType = 0;

    /// <summary>The key and its place, for messages.</summary>
    public string Name => name;

    /// <summary>Why the token did not sign the last time; null if it did.</summary>
    public string? Failure { get; private set; }

    public bool IsRsa { get; } =
        session.Read(key.Public, ObjectAttribute.KeyType) is { Length: > 0 } type && !type.AsSpan().ContainsAnyExcept(RsaType);

    /// <summary>The public part of an RSA key.</summary>
    public RSAParameters RsaParameters => new()
    {
        Modulus = WithoutZeros(session.Read(key.Public, ObjectAttribute.Modulus)),
        Exponent = WithoutZeros(session.Read(key.Public, ObjectAttribute.PublicExponent)),
    };

    public bool Supports(Mechanism mechanism) => library.Supports(slot, mechanism);

    /// <exception cref="Pkcs11Exception">The token refuses.</exception>
    public byte[] Sign(Mechanism mechanism, ReadOnlySpan<byte> data) => session.Sign(mechanism, key.Private, data);

    /// <summary>Signs for a caller that takes no exceptions: <see cref="Failure"/> says why there is no signature.</summary>
    public byte[]? TrySign(Mechanism mechanism, ReadOnlySpan<byte> data)
    {
        try
        {
            return Sign(mechanism, data);
        }
        catch (Pkcs11Exception e)
        {
            Failure = Token.Describe(e);
            return null;
        }
    }

    /// <summary>The DER form of an ECDSA signature, which tokens give as two numbers (RFC 3279, 2.2.3).</summary>
    public static byte[] ToDer(byte[] signature)
    {
        int half = signature.Length / 2;
        var writer = new AsnWriter(AsnEncodingRules.DER);
        using (writer.PushSequence())
        {
            writer.WriteIntegerUnsigned(WithoutZeros(signature[..half]));
            writer.WriteIntegerUnsigned(WithoutZeros(signature[half..]));
        }

        return writer.Encode();
    }

    /// <exception cref="Pkcs11Exception">The token refuses.</exception>
    public byte[] Decrypt(Mechanism mechanism, ReadOnlySpan<byte> data) => mechanism == Mechanism.RsaPkcsOaep
        ? session.DecryptOaep(key.Private, data)
        : session.Decrypt(mechanism, key.Private, data);

    private static byte[] WithoutZeros(byte[] number)
    {
        int start = 0;
        while (start < number.Length - 1 && number[start] == 0)
        {
            start++;
        }

        return number[start..];
    }
}
