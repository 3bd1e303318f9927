using System.Formats.Asn1;
using System.Security.Cryptography;

namespace MarbleRun.Attestation.Dcap;

/// <summary>
/// ECDSA over P-256 with SHA-256, the only algorithm of DCAP; keys are x then y, signatures r then s, big-endian, 64 bytes each.
/// </summary>
internal static class EcdsaP256
{
    public const int FieldSize = 32;

    /// <summary>Whether the signature is valid. No signature is valid for a key that is not a point of the curve.</summary>
    public static bool Verify(ReadOnlySpan<byte> publicKey, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        using ECDsa? key = TryImport(publicKey);
        return key is not null && Verify(key, data, signature);
    }

    /// <summary>Whether the signature is valid.</summary>
    public static bool Verify(ECDsa key, ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature) =>
        key.VerifyData(data, signature, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);

    /// <summary>Imports a public key; null if it is not a point of the curve.</summary>
    public static ECDsa? TryImport(ReadOnlySpan<byte> publicKey)
    {
        try
        {
            return ECDsa.Create(ToParameters(publicKey));
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    /// <summary>The parameters of a public key.</summary>
    public static ECParameters ToParameters(ReadOnlySpan<byte> publicKey) => new()
    {
        Curve = ECCurve.NamedCurves.nistP256,
        Q = new ECPoint { X = publicKey[..FieldSize].ToArray(), Y = publicKey[FieldSize..].ToArray() },
    };

    /// <summary>Reads <c>SEQUENCE { r INTEGER, s INTEGER }</c> strictly into r then s.</summary>
    /// <exception cref="AsnContentException">It is not DER, or a number is negative or too long.</exception>
    public static byte[] ReadSignature(ReadOnlyMemory<byte> der)
    {
        var reader = new AsnReader(der, AsnEncodingRules.DER);
        AsnReader sequence = reader.ReadSequence();
        reader.ThrowIfNotEmpty();
        var signature = new byte[2 * FieldSize];
        ReadNumber(sequence, signature.AsSpan(0, FieldSize));
        ReadNumber(sequence, signature.AsSpan(FieldSize));
        sequence.ThrowIfNotEmpty();
        return signature;
    }

    private static void ReadNumber(AsnReader reader, Span<byte> destination)
    {
        ReadOnlySpan<byte> number = reader.ReadIntegerBytes().Span;
        bool isNegative = number[0] >= 0x80;
        number = number.TrimStart((byte)0);
        if (isNegative || number.Length > destination.Length)
        {
            throw new AsnContentException("A number of the signature is out of range.");
        }

        number.CopyTo(destination[^number.Length..]);
    }
}
