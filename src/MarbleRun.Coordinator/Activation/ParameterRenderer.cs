using Grpc.Core;
using MarbleRun.Coordinator.Authority;
using MarbleRun.Coordinator.Secrets;
using MarbleRun.Coordinator.State;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Plans;
using MarbleRun.Manifests.Templates;

namespace MarbleRun.Coordinator.Activation;

/// <summary>Renders the parameters of one Marble instance, with only the secrets that they name.</summary>
internal sealed class ParameterRenderer(SecretResolver secrets)
{
    private const string RootCaVariable = "MARBLE_PREDEFINED_ROOT_CA";
    private const string ChainVariable = "MARBLE_PREDEFINED_MARBLE_CERTIFICATE_CHAIN";
    private const string KeyVariable = "MARBLE_PREDEFINED_PRIVATE_KEY";
    private const string CoordinatorRootVariable = "MARBLE_PREDEFINED_COORDINATOR_ROOT_CA";
    private const string TlsPolicyVariable = "MARBLE_TTLS_CONFIG";

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
        MarblePlan plan = mesh.Plans[marbleType];
        TemplateData data = CreateData(state, mesh.Manifest, plan, uuid, marbleType, identity, cancellationToken);
        ReadOnlyMemory<byte>? policy = RenderTlsPolicy(plan, data);
        (Dictionary<string, ReadOnlyMemory<byte>> files, Dictionary<string, ReadOnlyMemory<byte>> environment) = plan.Render(
            data,
            path => $"parsing secrets for file \"{path}\": ",
            name => $"parsing secrets for env variable \"{name}\": ");
        if (policy is { } json)
        {
            environment[TlsPolicyVariable] = json;
        }

        SetReserved(environment, state.Authority, identity);
        return new ActivationResult { Files = files, Environment = environment, Arguments = plan.Arguments };
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
        IssuedIdentity identity,
        CancellationToken cancellationToken)
    {
        string binding = manifest.Marbles[marbleType].DisableSecretBinding ? string.Empty : marbleType;
        return new TemplateData
        {
            Secrets = secrets.Resolve(state, manifest, plan.Secrets, SecretGeneration.Current, uuid, binding, cancellationToken),
            PreviousSecrets = secrets.Resolve(
                state, manifest, plan.PreviousSecrets, SecretGeneration.Previous, uuid, binding, cancellationToken),
            RootCa = new TemplateSecret { Certificate = state.Authority.MarbleRoot.RawDataMemory },
            MarbleCert = new TemplateSecret
            {
                Certificate = identity.Certificate,
                Public = identity.PublicKey,
                Private = identity.PrivateKey,
            },
            CoordinatorRoot = new TemplateSecret { Certificate = state.Authority.Root.RawDataMemory },
            CoordinatorIntermediate = new TemplateSecret { Certificate = state.Authority.Intermediate.RawDataMemory },
        };
    }

    /// <summary>Written last, so that the manifest cannot give a Marble the identity of another one.</summary>
    private static void SetReserved(Dictionary<string, ReadOnlyMemory<byte>> environment, MeshAuthority authority, IssuedIdentity identity)
    {
        environment[RootCaVariable] = authority.MarbleRootPem;
        environment[ChainVariable] = (byte[])[.. Pem.CertificateBytes(identity.Certificate), .. authority.IntermediatePem.Span];
        environment[KeyVariable] = Pem.PrivateKeyBytes(identity.PrivateKey);
        environment[CoordinatorRootVariable] = authority.RootPem;
    }
}
