using System.Formats.Asn1;
using System.Security.Cryptography;
using MarbleRun.Primitives;

namespace MarbleRun.Manifests.Signatures;

/// <summary>Reads an owner's key from common formats, and reports what is wrong with other input.</summary>
internal static class OwnerKeyReading
{
    public const string Kinds = "An owner's key is ECDSA on P-256, P-384 or P-521, or RSA of 2048 to 8192 bits.";

    private const int MinRsaSize = 2048;
    private const int MaxRsaSize = 8192;

    // Every verification computes a power with it: a longer one only costs time.
    private const int MaxExponentBytes = 4;

    /// <summary>Finds the single block of the text.</summary>
    /// <returns>The error, or null.</returns>
    public static string? FindBlock(string pem, out byte[] der, out bool isCertificate)
    {
        der = [];
        isCertificate = false;
        ReadOnlySpan<char> text = pem.AsSpan().Trim();
        if (!PemEncoding.TryFind(text, out PemFields fields))
        {
            return "It has no PEM block. Use the owner's public key: \"openssl pkey -in key.pem -pubout\" writes it.";
        }

        ReadOnlySpan<char> label = text[fields.Label];
        if (label.EndsWith("PRIVATE KEY"))
        {
            return "It is a private key, which stays with the owner. Use its public key: \"openssl pkey -in key.pem -pubout\" writes it.";
        }

        isCertificate = label.SequenceEqual("CERTIFICATE");
        if (!isCertificate && !label.SequenceEqual("PUBLIC KEY"))
        {
            return $"The PEM block has the label {label}; an owner's key is a PUBLIC KEY or a CERTIFICATE.";
        }

        if (fields.Location.GetOffsetAndLength(text.Length) != (0, text.Length))
        {
            return "There is text outside the PEM block. Use a single key; add an entry for each owner.";
        }

        der = Convert.FromBase64String(text[fields.Base64Data].ToString());
        return null;
    }

    /// <summary>Reads SubjectPublicKeyInfo.</summary>
    /// <returns>The error, or null.</returns>
    public static string? Read(ReadOnlySpan<byte> der, out byte[] canonical, out OwnerKeyAlgorithm? algorithm)
    {
        canonical = [];
        algorithm = null;
        if (der.Length > OwnerKey.MaxLength)
        {
            return $"The key has {der.Length} bytes; an owner's key has at most {OwnerKey.MaxLength}.";
        }

        string? oid = FindAlgorithm(der);
        try
        {
            return oid switch
            {
                Oids.Ec => ReadEcdsa(der, out canonical, out algorithm),
                Oids.Rsa => ReadRsa(der, out canonical, out algorithm),
                Oids.RsaPss =>
                    "The RSA key is restricted to RSASSA-PSS, which .NET cannot import. Create a plain RSA key; it signs with RSASSA-PSS.",
                Oids.Ed25519 => $"Ed25519 signatures cannot be verified with .NET's base library. {Kinds}",
                null => "It is not a SubjectPublicKeyInfo in DER.",
                _ => $"Keys of the algorithm {oid} are not supported. {Kinds}",
            };
        }
        catch (CryptographicException)
        {
            return $"The key is invalid: its numbers are not a key, or its curve is not specified by name. {Kinds}";
        }
    }

    private static string? ReadEcdsa(ReadOnlySpan<byte> der, out byte[] canonical, out OwnerKeyAlgorithm? algorithm)
    {
        using var ecdsa = ECDsa.Create();
        ecdsa.ImportSubjectPublicKeyInfo(der, out int read);
        canonical = ecdsa.ExportSubjectPublicKeyInfo();
        ECCurve curve = ecdsa.ExportParameters(includePrivateParameters: false).Curve;
        algorithm = curve.IsNamed ? OwnerKeyAlgorithm.OfCurve(curve.Oid.Value) : null;
        return algorithm is null ? $"The key's curve is not supported. {Kinds}" : FindExcess(der, read);
    }

    private static string? ReadRsa(ReadOnlySpan<byte> der, out byte[] canonical, out OwnerKeyAlgorithm? algorithm)
    {
        using var rsa = RSA.Create();
        rsa.ImportSubjectPublicKeyInfo(der, out int read);
        canonical = rsa.ExportSubjectPublicKeyInfo();
        algorithm = OwnerKeyAlgorithm.OfRsa(rsa.KeySize);
        return rsa.KeySize is < MinRsaSize or > MaxRsaSize ? $"The RSA key has {rsa.KeySize} bits. {Kinds}"
            : rsa.ExportParameters(includePrivateParameters: false).Exponent!.Length > MaxExponentBytes
                ? "The RSA key's public exponent has more than 32 bits. Create a key with 65537."
            : FindExcess(der, read);
    }

    private static string? FindExcess(ReadOnlySpan<byte> der, int read) => read == der.Length ? null : "There are bytes after the key.";

    private static string? FindAlgorithm(ReadOnlySpan<byte> der)
    {
        try
        {
            AsnDecoder.ReadSequence(der, AsnEncodingRules.DER, out int start, out int length, out _);
            ReadOnlySpan<byte> content = der.Slice(start, length);
            AsnDecoder.ReadSequence(content, AsnEncodingRules.DER, out int algorithm, out int algorithmLength, out _);
            return AsnDecoder.ReadObjectIdentifier(content.Slice(algorithm, algorithmLength), AsnEncodingRules.DER, out _);
        }
        catch (AsnContentException)
        {
            return null;
        }
    }
}
