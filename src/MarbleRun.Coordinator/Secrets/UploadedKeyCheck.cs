using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Coordinator.State;
using MarbleRun.Manifests;
using MarbleRun.Primitives;

namespace MarbleRun.Coordinator.Secrets;

/// <summary>Looks for certificates and keys that belong to different secrets. MarbleRun 1.9 takes them, so a user is only warned.</summary>
internal static class UploadedKeyCheck
{
    /// <summary>What a Marble will stumble over, or null.</summary>
    public static string? FindFault(SecretDefinition definition, StoredSecret value)
    {
        if (!definition.IsCertificate)
        {
            return null;
        }

        string algorithm = definition.Type switch { SecretTypes.CertRsa => Oids.Rsa, SecretTypes.CertEcdsa => Oids.Ec, _ => Oids.Ed25519 };
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(value.Certificate.Span);
        return certificate.PublicKey.Oid.Value != algorithm ? $"the certificate's key is not of type {definition.Type}"
            : value.Private.IsEmpty ? "it has no private key"
            : !Fits(certificate, value.Private.Span) ? "the private key is not PKCS #8, or not the certificate's"
            : null;
    }

    private static bool Fits(X509Certificate2 certificate, ReadOnlySpan<byte> pkcs8)
    {
        try
        {
            using AsymmetricAlgorithm? key = certificate.PublicKey.Oid.Value switch
            {
                Oids.Rsa => RSA.Create(),
                Oids.Ec => ECDsa.Create(),
                _ => null,
            };
            if (key is null)
            {
                // The base library reads no Ed25519 keys.
                return true;
            }

            key.ImportPkcs8PrivateKey(pkcs8, out _);
            return key.ExportSubjectPublicKeyInfo().AsSpan().SequenceEqual(certificate.PublicKey.ExportSubjectPublicKeyInfo());
        }
        catch (Exception e) when (e is CryptographicException or NotSupportedException)
        {
            // The second is what an unknown curve gives.
            return false;
        }
    }
}
