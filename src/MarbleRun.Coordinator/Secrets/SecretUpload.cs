using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Coordinator.State;
using MarbleRun.Manifests;

namespace MarbleRun.Coordinator.Secrets;

/// <summary>Checks uploaded values against their definitions, and turns them into what is kept.</summary>
internal static class SecretUpload
{
    /// <exception cref="SecretException">A value does not fit; the message is the wire's.</exception>
    public static ImmutableSortedDictionary<string, StoredSecret> Check(
        Manifest manifest, IReadOnlyDictionary<string, UploadedSecret> uploads)
    {
        if (uploads.Count == 0)
        {
            throw new SecretException("no new secrets defined");
        }

        return uploads.ToImmutableSortedDictionary(u => u.Key, u => Check(manifest, u.Key, u.Value), StringComparer.Ordinal);
    }

    private static StoredSecret Check(Manifest manifest, string name, UploadedSecret upload)
    {
        if (!manifest.Secrets.TryGetValue(name, out SecretDefinition? definition))
        {
            throw new SecretException("secret manifest specifies a secret which the original manifest does not contain");
        }

        if (!definition.UserDefined)
        {
            throw new SecretException($"secret {name} is not writeable");
        }

        return definition.IsCertificate ? CheckCertificate(name, definition, upload) : CheckKey(name, definition, upload);
    }

    private static StoredSecret CheckKey(string name, SecretDefinition definition, UploadedSecret upload)
    {
        byte[] key = upload.Key ?? [];
        if (definition.Type == SecretTypes.SymmetricKey)
        {
            Require(definition.Size != 0 && definition.Size % 8 == 0, $"invalid secret size: {name}");
            Require((ulong)key.Length == definition.Size / 8, $"declared size and actual size don't match: {name}");
        }

        // The wire names symmetric keys for plain secrets too.
        Require(
            upload is { Certificate: null, Private: null },
            $"secret {name} is set to be of type {SecretTypes.SymmetricKey} but specified values for a certificate");
        return new StoredSecret(key, key);
    }

    private static StoredSecret CheckCertificate(string name, SecretDefinition definition, UploadedSecret upload)
    {
        Require(upload.Key is null, $"secret {name} is set to be of type {definition.Type} but specified values for a symmetric-key");
        byte[] der = upload.Certificate is { Length: > 0 } given
            ? given
            : throw new SecretException("x509: unsupported public key type: <nil>");
        using X509Certificate2 certificate = X509CertificateLoader.LoadCertificate(der);
        return new StoredSecret(upload.Private ?? [], certificate.PublicKey.ExportSubjectPublicKeyInfo(), der);
    }

    private static void Require(bool holds, string fault)
    {
        if (!holds)
        {
            throw new SecretException(fault);
        }
    }
}
