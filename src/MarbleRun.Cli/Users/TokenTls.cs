using System.Runtime.Versioning;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Cli.Users.Pkcs11;

namespace MarbleRun.Cli.Users;

/// <summary>
/// Joins a certificate with a private key in a token. TLS of .NET on Linux takes only keys of OpenSSL, so the key is one of OpenSSL whose
/// private operation calls the token.
/// </summary>
internal static class TokenTls
{
    /// <exception cref="InputException">The key is not that of the certificate, or can't be used for TLS.</exception>
    public static X509Certificate2 Join(X509Certificate2 certificate, TokenKey key, TokenObject name)
    {
        if (!OperatingSystem.IsLinux() || SafeEvpPKeyHandle.OpenSslVersion >> 28 != 3)
        {
            throw new InputException(
                "A user's key in a token needs Linux with OpenSSL 3. Use key and certificate in files on this system.");
        }

        using RSA? rsa = certificate.GetRSAPublicKey();
        using ECDsa? curve = certificate.GetECDsaPublicKey();
        return (rsa, curve, key.IsRsa) switch
        {
            ({ } publicKey, _, true) => Join(certificate, key, name, publicKey),
            (_, { } publicKey, false) => Join(certificate, key, name, publicKey),
            _ => throw NotTheKey(key, name),
        };
    }

    [SupportedOSPlatform("linux")]
    private static X509Certificate2 Join(X509Certificate2 certificate, TokenKey key, TokenObject name, RSA publicKey)
    {
        // OpenSSL pads by PSS, which TLS 1.3 requires, and the token signs the padded block.
        if (!key.Supports(Mechanism.RsaX509))
        {
            throw new InputException(
                $"The {key.Name} can't be used for TLS: the token has no CKM_RSA_X_509. Use an ECDSA key, or key and certificate in "
                + "files.");
        }

        using SafeEvpPKeyHandle handle = OpenSslTokenKey.OfRsa(publicKey.ExportSubjectPublicKeyInfo(), key);
        using var joined = new RSAOpenSsl(handle);
        RequirePair(key, name, hash => publicKey.VerifyHash(
            hash,
            joined.SignHash(hash, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
            HashAlgorithmName.SHA256,
            RSASignaturePadding.Pkcs1));
        return certificate.CopyWithPrivateKey(joined);
    }

    [SupportedOSPlatform("linux")]
    private static X509Certificate2 Join(X509Certificate2 certificate, TokenKey key, TokenObject name, ECDsa publicKey)
    {
        using SafeEvpPKeyHandle handle = OpenSslTokenKey.OfEcdsa(publicKey.ExportSubjectPublicKeyInfo(), key);
        using var joined = new ECDsaOpenSsl(handle);
        RequirePair(key, name, hash => publicKey.VerifyHash(hash, joined.SignHash(hash)));
        return certificate.CopyWithPrivateKey(joined);
    }

    /// <summary>A wrong key, or a token that does not sign, is found here, where its name is known, and not in the handshake.</summary>
    private static void RequirePair(TokenKey key, TokenObject name, Func<byte[], bool> sign)
    {
        bool isPair;
        try
        {
            isPair = sign(RandomNumberGenerator.GetBytes(SHA256.HashSizeInBytes));
        }
        catch (CryptographicException e)
        {
            throw new InputException($"The {key.Name} does not sign: {key.Failure ?? e.Message}.", e);
        }

        if (!isPair)
        {
            throw NotTheKey(key, name);
        }
    }

    private static InputException NotTheKey(TokenKey key, TokenObject name) => new($"The {key.Name} is not that of the {name}.");
}
