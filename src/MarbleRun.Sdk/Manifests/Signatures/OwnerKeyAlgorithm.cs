using System.Security.Cryptography;
using MarbleRun.Primitives;

namespace MarbleRun.Manifests.Signatures;

/// <summary>The algorithm of a key's signatures: it follows only from the key, so that data with a signature cannot choose it.</summary>
internal sealed class OwnerKeyAlgorithm
{
    private const DSASignatureFormat EcdsaFormat = DSASignatureFormat.Rfc3279DerSequence;

    private readonly bool _isRsa;
    private readonly HashAlgorithmName _hash;

    private OwnerKeyAlgorithm(string name, bool isRsa, HashAlgorithmName hash)
    {
        Name = name;
        _isRsa = isRsa;
        _hash = hash;
    }

    public string Name { get; }

    public static OwnerKeyAlgorithm? OfCurve(string? oid) => oid switch
    {
        Oids.P256 => new("ECDSA P-256 with SHA-256", false, HashAlgorithmName.SHA256),
        Oids.P384 => new("ECDSA P-384 with SHA-384", false, HashAlgorithmName.SHA384),
        Oids.P521 => new("ECDSA P-521 with SHA-512", false, HashAlgorithmName.SHA512),
        _ => null,
    };

    public static OwnerKeyAlgorithm OfRsa(int keySize) => new($"RSA-{keySize} PSS with SHA-256", true, HashAlgorithmName.SHA256);

    public byte[] Sign(AsymmetricAlgorithm key, byte[] statement) => key switch
    {
        RSA rsa => rsa.SignData(statement, _hash, RSASignaturePadding.Pss),
        ECDsa ecdsa => ecdsa.SignData(statement, _hash, EcdsaFormat),
        _ => throw new ArgumentException(OwnerKeyReading.Kinds, nameof(key)),
    };

    public bool Verify(byte[] subjectPublicKeyInfo, ReadOnlySpan<byte> statement, ReadOnlySpan<byte> signature)
    {
        try
        {
            if (_isRsa)
            {
                using var rsa = RSA.Create();
                rsa.ImportSubjectPublicKeyInfo(subjectPublicKeyInfo, out _);
                return rsa.VerifyData(statement, signature, _hash, RSASignaturePadding.Pss);
            }

            using var ecdsa = ECDsa.Create();
            ecdsa.ImportSubjectPublicKeyInfo(subjectPublicKeyInfo, out _);
            return ecdsa.VerifyData(statement, signature, _hash, EcdsaFormat);
        }
        catch (CryptographicException)
        {
            // For bytes that are not a signature, some platforms throw and others return false.
            return false;
        }
    }
}
