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

    /// <summary>The sizes that anybody may ask for. Few, so that <see cref="UnusedKeys"/> soon has keys of each.</summary>
    private static readonly ulong[] s_cheapSizes = [2048, 3072, 4096];

    /// <summary>How many keys of a size cost as much as anybody may ask for.</summary>
    public static int MaxCheapKeysOf(ulong size) => (int)(MaxCheapKeys / WorkOf(size));

    /// <summary>Requires less of a manifest that the operator did not vouch for.</summary>
    /// <exception cref="SecretException">Its keys cost too much; the message says what to do.</exception>
    public static void ThrowIfCostly(MeshManifest mesh)
    {
        ImmutableHashSet<string> visible = SecretGenerator.FindVisible(mesh);

        ulong[] sizes = [.. mesh.Manifest.Secrets
            .Where(s => s.Value is { Type: SecretTypes.CertRsa, Shared: true, UserDefined: false } && visible.Contains(s.Key))
            .Select(s => s.Value.Size)];
        if (sizes.Any(s => s <= CostedKeySize && !s_cheapSizes.Contains(s)))
        {
            throw new SecretException(
                "shared RSA keys have 2048, 3072 or 4096 bits while anybody may set the manifest. Use one of these sizes; or name who may "
                + "set the manifest with Coordinator:Bootstrap, or set it by Coordinator:StartupManifest");
        }

        if (sizes.Sum(WorkOf) > MaxCheapKeys)
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

    /// <summary>Finding primes costs the fourth power of their length.</summary>
    private static double WorkOf(ulong size) => Math.Pow(size / CostedKeySize, 4);

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
