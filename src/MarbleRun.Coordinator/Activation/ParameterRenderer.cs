using Grpc.Core;
using MarbleRun.Coordinator.Authority;
using MarbleRun.Coordinator.Secrets;
using MarbleRun.Coordinator.State;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Plans;
using MarbleRun.Manifests.Templates;

namespace MarbleRun.Coordinator.Activation;

/// <summary>
/// Renders the parameters of one Marble instance, with only the secrets that they name: at an activation with its identity, at a renewal
/// without, because the Coordinator does not have the key.
/// </summary>
internal sealed class ParameterRenderer(SecretResolver secrets)
{
    private const string RootCaVariable = "MARBLE_PREDEFINED_ROOT_CA";
    private const string ChainVariable = "MARBLE_PREDEFINED_MARBLE_CERTIFICATE_CHAIN";
    private const string KeyVariable = "MARBLE_PREDEFINED_PRIVATE_KEY";
    private const string CoordinatorRootVariable = "MARBLE_PREDEFINED_COORDINATOR_ROOT_CA";

    /// <summary>The variable of the TTLS policy, JSON.</summary>
    public const string TlsPolicyVariable = "MARBLE_TTLS_CONFIG";

    /// <exception cref="TemplateException">A template fails for this instance.</exception>
    /// <exception cref="ActivationRefusedException">A certificate of its TLS policy is missing.</exception>
    public ActivationResult Render(
        CoordinatorState state,
        MeshManifest mesh,
        Guid uuid,
        string marbleType,
        IssuedIdentity identity,
        CancellationToken cancellationToken)
    {
        var certificate = new TemplateSecret
        {
            Certificate = identity.Certificate,
            Public = identity.PublicKey,
            Private = identity.PrivateKey,
        };
        ActivationResult result = Render(state, mesh, uuid, marbleType, certificate, issues: true, cancellationToken);
        SetReserved(result.Environment, state.Authority, identity);
        return result;
    }

    /// <summary>Renders with stand-ins for the identity.</summary>
    /// <param name="state">The state.</param>
    /// <param name="mesh">Its manifest.</param>
    /// <param name="uuid">The instance.</param>
    /// <param name="marbleType">Its type.</param>
    /// <param name="issues">Whether private certificates are issued; otherwise there are stand-ins for them, too.</param>
    /// <param name="cancellationToken">Ends the work.</param>
    /// <exception cref="TemplateException">A template fails for this instance.</exception>
    /// <exception cref="ActivationRefusedException">A certificate of its TLS policy is missing.</exception>
    public ActivationResult RenderWithoutIdentity(
        CoordinatorState state, MeshManifest mesh, Guid uuid, string marbleType, bool issues, CancellationToken cancellationToken)
    {
        byte[] standIn = [0x41];
        var certificate = new TemplateSecret { Certificate = standIn, Public = standIn, Private = standIn };
        ActivationResult result = Render(state, mesh, uuid, marbleType, certificate, issues, cancellationToken);
        foreach (string name in (string[])[RootCaVariable, ChainVariable, KeyVariable, CoordinatorRootVariable])
        {
            // The manifest may name them, but they are the Coordinator's alone.
            result.Environment.Remove(name);
        }

        return result;
    }

    private ActivationResult Render(
        CoordinatorState state,
        MeshManifest mesh,
        Guid uuid,
        string marbleType,
        TemplateSecret certificate,
        bool issues,
        CancellationToken cancellationToken)
    {
        MarblePlan plan = mesh.Plans[marbleType];
        TemplateData data = CreateData(state, mesh.Manifest, plan, uuid, marbleType, certificate, issues, cancellationToken);
        ReadOnlyMemory<byte>? policy = RenderTlsPolicy(plan, data);
        (Dictionary<string, ReadOnlyMemory<byte>> files, Dictionary<string, ReadOnlyMemory<byte>> environment) = plan.Render(
            data,
            path => $"parsing secrets for file \"{path}\": ",
            name => $"parsing secrets for env variable \"{name}\": ");
        if (policy is { } json)
        {
            environment[TlsPolicyVariable] = json;
        }

        return new ActivationResult
        {
            Files = files,
            Environment = environment,
            Arguments = plan.Arguments,
            HasTlsPolicy = policy is not null,
        };
    }

    /// <summary>A Marble with TLS tags always gets its policy, in place of a variable that the manifest sets.</summary>
    private static ReadOnlyMemory<byte>? RenderTlsPolicy(MarblePlan plan, TemplateData data)
    {
        try
        {
            return plan.RenderTlsPolicy(data);
        }
        catch (TemplateException exception)
        {
            throw new ActivationRefusedException(StatusCode.Internal, $"creating TTLS config: {exception.Message}", exception)
            {
                Reason = RejectionReason.Parameters,
            };
        }
    }

    private TemplateData CreateData(
        CoordinatorState state,
        Manifest manifest,
        MarblePlan plan,
        Guid uuid,
        string marbleType,
        TemplateSecret certificate,
        bool issues,
        CancellationToken cancellationToken)
    {
        string binding = manifest.Marbles[marbleType].DisableSecretBinding ? string.Empty : marbleType;
        return new TemplateData
        {
            Secrets = secrets.Resolve(state, manifest, plan.Secrets, SecretGeneration.Current, uuid, binding, cancellationToken, issues),
            PreviousSecrets = secrets.Resolve(
                state, manifest, plan.PreviousSecrets, SecretGeneration.Previous, uuid, binding, cancellationToken, issues),
            RootCa = new TemplateSecret { Certificate = state.Authority.MarbleRoot.RawDataMemory },
            MarbleCert = certificate,
            CoordinatorRoot = new TemplateSecret { Certificate = state.Authority.Root.RawDataMemory },
            CoordinatorIntermediate = new TemplateSecret { Certificate = state.Authority.Intermediate.RawDataMemory },
        };
    }

    /// <summary>Written last, so that the manifest cannot give a Marble the identity of another one.</summary>
    private static void SetReserved(Dictionary<string, ReadOnlyMemory<byte>> environment, MeshAuthority authority, IssuedIdentity identity)
    {
        environment[RootCaVariable] = authority.MarbleRootPem;
        environment[ChainVariable] = Pem.CertificateBytes(identity.Certificate, authority.IntermediatePem.Span);
        environment[KeyVariable] = Pem.PrivateKeyBytes(identity.PrivateKey);
        environment[CoordinatorRootVariable] = authority.RootPem;
    }
}
