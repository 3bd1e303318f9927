using System.Formats.Asn1;
using System.Security.Cryptography;
using Net.Pkcs11Interop.Common;
using Net.Pkcs11Interop.HighLevelAPI;

namespace MarbleRun.Cli.Users;

/// <summary>A private key that does not leave its token.</summary>
internal sealed class TokenKey(ISession session, ISlot slot, IObjectHandle key, IObjectHandle publicKey, string name)
{
    private readonly Lock _turn = new();

    /// <summary>The key and its place, for messages.</summary>
    public string Name => name;

    /// <summary>Why the token did not sign the last time; null if it did.</summary>
    public string? Failure { get; private set; }

    public bool IsRsa { get; } = session.GetAttributeValue(publicKey, [CKA.CKA_KEY_TYPE])[0].GetValueAsUlong() == (ulong)CKK.CKK_RSA;

    /// <summary>The public part of an RSA key.</summary>
    public RSAParameters RsaParameters
    {
        get
        {
            List<IObjectAttribute> values = session.GetAttributeValue(publicKey, [CKA.CKA_MODULUS, CKA.CKA_PUBLIC_EXPONENT]);
            return new RSAParameters
            {
                Modulus = WithoutZeros(values[0].GetValueAsByteArray()),
                Exponent = WithoutZeros(values[1].GetValueAsByteArray()),
            };
        }
    }

    public bool Supports(CKM mechanism) => slot.GetMechanismList().Contains(mechanism);

    /// <exception cref="Pkcs11Exception">The token refuses.</exception>
    public byte[] Sign(CKM mechanism, byte[] data)
    {
        lock (_turn)
        {
            return session.Sign(Token.Factories.MechanismFactory.Create(mechanism), key, data);
        }
    }

    /// <summary>Signs for a caller that takes no exceptions: <see cref="Failure"/> says why there is no signature.</summary>
    public byte[]? TrySign(CKM mechanism, ReadOnlySpan<byte> data)
    {
        try
        {
            return Sign(mechanism, data.ToArray());
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
    public byte[] Decrypt(IMechanism mechanism, byte[] data)
    {
        lock (_turn)
        {
            return session.Decrypt(mechanism, key, data);
        }
    }

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
