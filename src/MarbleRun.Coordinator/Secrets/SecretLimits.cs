using System.Collections.Immutable;
using System.Security.Cryptography;
using MarbleRun.Coordinator.State;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Checks;

namespace MarbleRun.Coordinator.Secrets;

/// <summary>
/// Refuses secrets that cost too much, and certificate templates from which no certificate can be issued, before anything is generated.
/// What depends on the manifest alone, <see cref="ManifestChecker.Check(Manifest, bool)"/> refuses.
/// </summary>
internal sealed class SecretLimits(CertificateSecretIssuer certificates)
{
    /// <summary>What anybody may ask for while no manifest is set: the work of 8 keys of 4,096 bits, some ten seconds.</summary>
    private const double MaxCheapKeys = 8;

    /// <summary>The key that work is counted in.</summary>
    private const double CostedKeySize = 4096;

    /// <summary>Requires less of a manifest that the operator did not vouch for.</summary>
    /// <exception cref="SecretException">Its keys cost too much; the message says what to do.</exception>
    public static void ThrowIfCostly(MeshManifest mesh)
    {
        ImmutableHashSet<string> visible = SecretGenerator.FindVisible(mesh);

        // Finding primes costs the fourth power of their length.
        double work = mesh.Manifest.Secrets
            .Where(s => s.Value is { Type: SecretTypes.CertRsa, Shared: true, UserDefined: false } && visible.Contains(s.Key))
            .Sum(s => Math.Pow(s.Value.Size / CostedKeySize, 4));
        if (work > MaxCheapKeys)
        {
            throw new SecretException(
                $"shared RSA keys cost the work of more than {MaxCheapKeys} keys of {CostedKeySize} bits, which is what anybody may ask "
                + "for while no manifest is set. Use cert-ecdsa or fewer secrets; or name who may set the manifest with "
                + "Coordinator:Bootstrap, or set it by Coordinator:StartupManifest");
        }
    }

    /// <summary>
    /// Signs each certificate template for a key that is not kept. Sizes were checked with the manifest; here the authority limits what can
    /// be issued.
    /// </summary>
    /// <exception cref="SecretException">No certificate can be issued from a template; the message names the secret.</exception>
    public void ThrowIfNotIssuable(CoordinatorState state, Manifest manifest)
    {
        using var anyKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] anyPublicKey = anyKey.ExportSubjectPublicKeyInfo();
        foreach ((string name, SecretDefinition secret) in manifest.Secrets)
        {
            if (secret is { UserDefined: false, IsCertificate: true, Cert: not null })
            {
                ThrowIfTemplateNotIssuable(state, name, secret, anyPublicKey);
            }
        }
    }

    private void ThrowIfTemplateNotIssuable(CoordinatorState state, string name, SecretDefinition secret, byte[] anyPublicKey)
    {
        try
        {
            certificates.ThrowIfNotIssuable(state.Authority, secret, anyPublicKey);
        }
        catch (Exception exception) when (exception is CertificateTemplateException or CryptographicException)
        {
            throw new SecretException($"secret {name}: {exception.Message}", exception);
        }
    }
}
