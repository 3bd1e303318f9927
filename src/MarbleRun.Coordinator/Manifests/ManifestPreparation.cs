using System.Security.Cryptography;
using MarbleRun.Coordinator.Authority;
using MarbleRun.Coordinator.Recovery;
using MarbleRun.Coordinator.Secrets;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.State.Sealing;
using MarbleRun.Coordinator.State.Trust;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Checks;
using MarbleRun.Manifests.Plans;
using MarbleRun.Manifests.Templates;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Manifests;

/// <summary>
/// Makes what a manifest brings: users, secrets, keys, signature; and tries its templates. Nothing is in force after that. It may take
/// seconds, and is done outside the writer's turn, one at a time, and not after its caller has gone.
/// </summary>
internal sealed class ManifestPreparation(
    SecretLimits limits,
    SecretGenerator generator,
    SecretUpdate secretUpdate,
    IOptions<CoordinatorOptions> options,
    TimeProvider timeProvider)
{
    /// <summary>Of what anybody may send: a step of templates for so many bytes, and so many bytes of results for each.</summary>
    private const long BytesOfStep = 2;
    private const long RenderedOfByte = 32;

    private readonly KeyAlgorithm _algorithm = options.Value.Authority.KeyAlgorithm;

    /// <summary>A first manifest: all is made, the state gets a new key.</summary>
    /// <param name="state">The state without a manifest.</param>
    /// <param name="raw">The manifest as it was sent.</param>
    /// <param name="report">Its check.</param>
    /// <param name="isTrusted">Whether the operator named who sets it, or the manifest itself; anybody else may ask for less.</param>
    /// <param name="keys">Where its RSA keys come from.</param>
    /// <param name="cancellationToken">Ends the work between any two keys.</param>
    /// <exception cref="ManifestRefusedException">It can't be put in force.</exception>
    public PreparedManifest First(
        CoordinatorState state,
        ReadOnlyMemory<byte> raw,
        ManifestReport report,
        bool isTrusted,
        UnusedKeys.KeyLease keys,
        CancellationToken cancellationToken) =>
        Guard(ManifestPurpose.Set, () =>
    {
        MeshManifest mesh = CreateMesh(state, raw, report);
        if (!isTrusted)
        {
            SecretLimits.ThrowIfCostly(mesh);
            TryCheaply(mesh, cancellationToken);
        }
        else
        {
            Try(mesh, cancellationToken);
        }

        // Copies of the state before it say nothing of what is made from here on but the root key, which was sealed for this very code.
        CoordinatorState next = state with
        {
            Manifest = mesh,
            ManifestSignatures = [],
            InRecovery = false,
            RetiredAuthorities = [],
            Authority = state.Authority.WithNewIntermediate(_algorithm, timeProvider.GetUtcNow()),
            RootSecret = RandomNumberGenerator.GetBytes(32),
        };
        next = next with { Secrets = generator.Generate(next, mesh, keys, cancellationToken) };
        (StateProtection protection, RecoverySecrets secrets) = Protect(RecoveryKeySet.From(report));
        return new PreparedManifest(state, next with { Protection = protection }, secrets.Encrypted);
    });

    /// <summary>A manifest in the place of another one: what survives survives; the root of the mesh always does.</summary>
    /// <exception cref="ManifestRefusedException">It can't be put in force.</exception>
    public PreparedManifest Update(
        CoordinatorState state, ReadOnlyMemory<byte> raw, ManifestReport report, CancellationToken cancellationToken) =>
        Guard(ManifestPurpose.Update, () =>
    {
        MeshManifest mesh = CreateMesh(state, raw, report);
        Try(mesh, cancellationToken);
        DateTimeOffset now = timeProvider.GetUtcNow();
        CoordinatorState next = state with
        {
            Manifest = mesh,
            ManifestSignatures = [],
            Authority = state.Authority.WithNewIntermediate(_algorithm, now),
            RetiredAuthorities = RetiredAuthority.After(
                state.Authority, state.RetiredAuthorities, mesh.Manifest.Config.GetTrustOverlap(), now),
            SecurityVersions = state.SecurityVersions.Clear(),
            PendingUpdate = null,
        };
        if (mesh.Manifest.Config.RotateRootSecret)
        {
            next = next with { RootSecret = RandomNumberGenerator.GetBytes(32), PreviousRootSecret = state.RootSecret };
        }

        next = secretUpdate.Replace(state, next, mesh, cancellationToken);
        RecoveryKeySet keys = RecoveryKeySet.From(report);

        // A copy of the old sealed key, which more code may open, must not open what is sealed from here on.
        bool isTightened = (next.SealMode == SealModes.UniqueKey && state.SealMode != SealModes.UniqueKey)
            || CoordinatorList.AreFewer(state.Manifest!.Manifest.Coordinators, mesh.Manifest.Coordinators);
        if (!isTightened && RecoveryData.Read(state.Protection.RecoveryData.Span).IsFor(keys))
        {
            return new PreparedManifest(state, next, RecoverySecrets: null);
        }

        (StateProtection protection, RecoverySecrets secrets) = Protect(keys);
        return new PreparedManifest(
            state, next with { Protection = protection with { RenewsDeploymentKeys = isTightened } }, secrets.Encrypted);
    });

    /// <summary>
    /// Raised security versions: a new intermediate without an overlap, so that Marbles of the version before are not taken for those of
    /// the new one.
    /// </summary>
    /// <exception cref="ManifestRefusedException">A certificate can't be issued again.</exception>
    public PreparedManifest UpdatePackages(
        CoordinatorState state, IEnumerable<KeyValuePair<string, ulong>> versions, CancellationToken cancellationToken) =>
        Guard(ManifestPurpose.Update, () =>
    {
        DateTimeOffset now = timeProvider.GetUtcNow();
        CoordinatorState next = state with
        {
            Authority = state.Authority.WithNewIntermediate(_algorithm, now),
            RetiredAuthorities = [],
            SecurityVersions = state.SecurityVersions.SetItems(versions),
        };
        return new PreparedManifest(state, secretUpdate.Reissue(next, cancellationToken), RecoverySecrets: null);
    });

    private MeshManifest CreateMesh(CoordinatorState state, ReadOnlyMemory<byte> raw, ManifestReport report)
    {
        var mesh = MeshManifest.Create(raw, state.Authority.SignWithRoot(raw.Span), report);
        limits.ThrowIfNotIssuable(state, mesh.Manifest);
        return mesh;
    }

    /// <summary>Templates that fail are found before any key is made, and with less work than those of a large mesh may take.</summary>
    private void TryCheaply(MeshManifest mesh, CancellationToken cancellationToken)
    {
        long size = options.Value.Bootstrap.MaxManifestSize;
        try
        {
            MarblePlan.Try(mesh.Manifest, mesh.Plans, size / BytesOfStep, size * RenderedOfByte, cancellationToken);
        }
        catch (TemplateException exception) when (exception.ExceedsLimit)
        {
            throw new TemplateException(exception.Message + Bootstrap.RemedyOfTemplates, exception);
        }
    }

    /// <summary>
    /// With stand-ins for all secrets, also those whose values exist: templates can compare, and the place of an error would show the
    /// sender of a manifest what a secret contains, which only <c>ReadSecret</c> allows.
    /// </summary>
    private static void Try(MeshManifest mesh, CancellationToken cancellationToken) =>
        MarblePlan.Try(mesh.Manifest, mesh.Plans, _ => null, cancellationToken);

    private static (StateProtection Protection, RecoverySecrets Secrets) Protect(RecoveryKeySet keys)
    {
        var key = SealingKey.CreateRandom();
        var secrets = RecoverySecrets.Issue(key, keys);
        return (new StateProtection(key, secrets.Data.Bytes), secrets);
    }

    private static PreparedManifest Guard(ManifestPurpose purpose, Func<PreparedManifest> prepare)
    {
        try
        {
            return prepare();
        }
        catch (TemplateException exception)
        {
            throw Refuse(ManifestStage.Template, exception);
        }
        catch (SecretException exception)
        {
            throw Refuse(ManifestStage.SharedSecrets, exception);
        }
        catch (RecoveryException exception)
        {
            throw Refuse(ManifestStage.RecoveryKeys, exception);
        }
        catch (CryptographicException exception)
        {
            throw new ManifestRefusedException($"issuing the intermediate certificate: {exception.Message}", exception);
        }

        ManifestRefusedException Refuse(ManifestStage stage, Exception exception) =>
            new(ManifestReading.PrefixOf(stage, purpose) + exception.Message, exception);
    }
}
