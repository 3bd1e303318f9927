using System.Collections.Immutable;
using System.Security.Cryptography;
using MarbleRun.Coordinator.Secrets.Certificates;
using MarbleRun.Coordinator.State;
using MarbleRun.Manifests;

namespace MarbleRun.Coordinator.Secrets;

/// <summary>
/// Refuses secrets whose making would cost what it likes, and certificate templates that no certificate can be made of, before anything is
/// made.
/// </summary>
internal sealed class SecretLimits(CertificateSecretIssuer certificates)
{
    /// <summary>A key of a mebibyte; whoever sets a manifest must not make the Coordinator allocate what it likes.</summary>
    public const ulong MaxSymmetricBits = 8 * 1024 * 1024;

    /// <summary>
    /// 16 MiB for all keys that are used, together: shared ones are kept in memory, and a template can reach them all at once.
    /// </summary>
    private const ulong MaxUsedBits = 16 * MaxSymmetricBits;

    /// <summary>64 keys of 4,096 bits: half a minute's work.</summary>
    private const ulong MaxSharedRsaBits = 64 * 4096;

    /// <summary>8 keys of 4,096 bits: they are made anew at each activation.</summary>
    private const ulong MaxPrivateRsaBits = 8 * 4096;

    /// <summary>What anybody may ask for while no manifest is set: the work of 8 keys of 4,096 bits, some ten seconds.</summary>
    private const double MaxCheapKeys = 8;

    /// <summary>The key that work is counted in.</summary>
    private const double CostedKeySize = 4096;

    /// <summary>Demands less of a manifest that the operator did not vouch for.</summary>
    /// <exception cref="SecretException">Its keys cost too much; the message says what to do.</exception>
    public static void DemandCheap(MeshManifest mesh)
    {
        ImmutableHashSet<string> visible = SecretGenerator.FindVisible(mesh);

        // Finding primes costs the fourth power of their length.
        double work = mesh.Manifest.Secrets
            .Where(s => s.Value is { Type: SecretTypes.CertRsa, Shared: true, UserDefined: false } && visible.Contains(s.Key))
            .Sum(s => Math.Pow(s.Value.Size / CostedKeySize, 4));
        Demand(
            work <= MaxCheapKeys,
            $"shared RSA keys cost the work of more than {MaxCheapKeys} keys of {CostedKeySize} bits, which is what anybody may ask for "
            + "while no manifest is set. Use cert-ecdsa or fewer secrets; or name who may set the manifest with Coordinator:Bootstrap, or "
            + "set it by Coordinator:StartupManifest");
    }

    /// <exception cref="SecretException">A definition is refused; the message names it.</exception>
    public void Demand(CoordinatorState state, MeshManifest mesh)
    {
        ImmutableHashSet<string> visible = SecretGenerator.FindVisible(mesh);
        byte[] anyPublicKey;
        using (var anyKey = ECDsa.Create(ECCurve.NamedCurves.nistP256))
        {
            anyPublicKey = anyKey.ExportSubjectPublicKeyInfo();
        }

        foreach ((string name, SecretDefinition secret) in mesh.Manifest.Secrets.Where(s => !s.Value.UserDefined))
        {
            Demand(
                secret.Type != SecretTypes.SymmetricKey || secret.Size <= MaxSymmetricBits,
                $"secret {name} has more than {MaxSymmetricBits} bits");
            if (secret.IsCertificate && secret.Cert is not null)
            {
                DemandTemplate(state, name, secret, anyPublicKey);
            }
        }

        Demand(
            Sum(mesh.Manifest, visible, s => s.Type == SecretTypes.SymmetricKey) <= MaxUsedBits,
            $"the keys that are used have more than {MaxUsedBits} bits together");
        Demand(
            Sum(mesh.Manifest, visible, s => s is { Type: SecretTypes.CertRsa, Shared: true }) <= MaxSharedRsaBits,
            $"shared RSA keys that are used have more than {MaxSharedRsaBits} bits together");
        foreach (ImmutableSortedSet<string> names in SecretGenerator.SetsIn(mesh.Plans.Values))
        {
            ulong bits = names
                .Select(name => mesh.Manifest.Secrets.GetValueOrDefault(name))
                .Aggregate(
                    0UL,
                    (sum, secret) => sum + (secret is { Type: SecretTypes.CertRsa, Shared: false, UserDefined: false } ? secret.Size : 0));
            Demand(bits <= MaxPrivateRsaBits, $"private RSA keys that one Marble uses have more than {MaxPrivateRsaBits} bits together");
        }
    }

    private static ulong Sum(Manifest manifest, ImmutableHashSet<string> visible, Func<SecretDefinition, bool> isMeant) =>
        manifest.Secrets
            .Where(s => !s.Value.UserDefined && isMeant(s.Value) && visible.Contains(s.Key))
            .Aggregate(0UL, (sum, secret) => sum + secret.Value.Size);

    private void DemandTemplate(CoordinatorState state, string name, SecretDefinition secret, byte[] anyPublicKey)
    {
        try
        {
            certificates.Demand(state.Authority, secret, anyPublicKey);
        }
        catch (Exception exception) when (exception is CertificateTemplateException or CryptographicException)
        {
            throw new SecretException($"secret {name}: {exception.Message}", exception);
        }
    }

    private static void Demand(bool holds, string fault)
    {
        if (!holds)
        {
            throw new SecretException(fault);
        }
    }
}
