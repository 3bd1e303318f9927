using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Coordinator.State;
using MarbleRun.Manifests;

namespace MarbleRun.Coordinator.Secrets;

/// <summary>Looks for certificates and keys that belong to different secrets. MarbleRun 1.9 takes them, so a user is only warned.</summary>
internal static class UploadedKeyCheck
{
    private const string RsaOid = "1.2.840.113549.1.1.1";
    private const string EcOid = "1.2.840.10045.2.1";
    private const string Ed25519Oid = "1.3.101.112";

    /// <summary>What a Marble will stumble over, or null.</summary>
    public static string? FindFault(SecretDefinition definition, StoredSecret value)
    {
        if (!definition.IsCertificate)
        {
            return null;
        }

        string algorithm = definition.Type switch { SecretTypes.CertRsa => RsaOid, SecretTypes.CertEcdsa => EcOid, _ => Ed25519Oid };
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(value.Certificate.Span);
        return certificate.PublicKey.Oid.Value != algorithm ? $"the certificate's key is not of type {definition.Type}"
            : value.Private.IsEmpty ? "it has no private key"
            : !Fits(certificate, value.Private.Span) ? "the private key is no PKCS #8, or not the certificate's"
            : null;
    }

    private static bool Fits(X509Certificate2 certificate, ReadOnlySpan<byte> pkcs8)
    {
        try
        {
            using AsymmetricAlgorithm? key = certificate.PublicKey.Oid.Value switch
            {
                RsaOid => RSA.Create(),
                EcOid => ECDsa.Create(),
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
