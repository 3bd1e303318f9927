using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using MarbleRun.Coordinator.Secrets;
using MarbleRun.Coordinator.State;
using MarbleRun.Manifests.Plans;
using MarbleRun.Manifests.Templates;

namespace MarbleRun.Coordinator.Activation;

/// <summary>
/// Finds out whether the parameters of a Marble are others than those that it has, and renders them then. Its caller has admitted the
/// Marble by fresh evidence.
/// </summary>
/// <remarks>
/// Parameters have a version: an HMAC over their values, under a key that only this deployment has, so that a version reveals nothing to
/// others and stays the same over restarts. The values for it are rendered with stand-ins for what is made at each rendering, a private
/// certificate, and for the identity. Therefore a private certificate is not replaced unless the authority or another value is.
/// </remarks>
internal sealed class ParameterRefresh(ParameterRenderer renderer)
{
    private const string KeyPurpose = "marblerun parameters version 1";

    /// <summary>The version of a Marble's parameters; empty if they cannot be rendered.</summary>
    public byte[] FindVersion(
        CoordinatorState state, MeshManifest mesh, Guid uuid, string marbleType, CancellationToken cancellationToken)
    {
        try
        {
            return Digest(
                state, uuid, marbleType, renderer.RenderWithoutIdentity(state, mesh, uuid, marbleType, issues: false, cancellationToken));
        }
        catch (Exception exception) when (exception is TemplateException or SecretException or ActivationRefusedException)
        {
            // The rendering itself says what is wrong. It may succeed, because a template can depend on a stand-in.
            return [];
        }
    }

    /// <summary>Renders the parameters of a Marble that renews; null if it has them.</summary>
    /// <param name="state">The state by which the Marble was admitted.</param>
    /// <param name="mesh">Its manifest.</param>
    /// <param name="uuid">The instance.</param>
    /// <param name="marbleType">Its type.</param>
    /// <param name="known">The version that the Marble has; empty for no version.</param>
    public RefreshedParameters? Find(
        CoordinatorState state, MeshManifest mesh, Guid uuid, string marbleType, ReadOnlySpan<byte> known)
    {
        byte[] version = FindVersion(state, mesh, uuid, marbleType, CancellationToken.None);
        if (version.Length > 0 && CryptographicOperations.FixedTimeEquals(version, known))
        {
            return null;
        }

        try
        {
            ActivationResult result = renderer.RenderWithoutIdentity(
                state, mesh, uuid, marbleType, issues: true, CancellationToken.None);
            MarblePlan plan = mesh.Plans[marbleType];
            ImmutableArray<string> variables = result.HasTlsPolicy
                ? [.. plan.IdentityVariables.Where(v => v != ParameterRenderer.TlsPolicyVariable), ParameterRenderer.TlsPolicyVariable]
                : plan.IdentityVariables;
            return new RefreshedParameters(version)
            {
                Files = Without(result.Files, plan.IdentityFiles),
                Environment = Without(result.Environment, variables),
                IdentityFiles = plan.IdentityFiles,
                IdentityVariables = variables,
            };
        }
        catch (Exception exception) when (exception is TemplateException or SecretException or ActivationRefusedException)
        {
            return new RefreshedParameters([]) { Fault = $"customizing marble parameters: {exception.Message}" };
        }
    }

    private static Dictionary<string, ReadOnlyMemory<byte>> Without(
        Dictionary<string, ReadOnlyMemory<byte>> values, ImmutableArray<string> names)
    {
        foreach (string name in names)
        {
            values.Remove(name);
        }

        return values;
    }

    private static byte[] Digest(CoordinatorState state, Guid uuid, string marbleType, ActivationResult result)
    {
        // Keys of Marbles have a salt, so this key differs from all of them.
        byte[] key = HKDF.DeriveKey(
            HashAlgorithmName.SHA256, state.RootSecret.ToArray(), SHA256.HashSizeInBytes, info: Encoding.ASCII.GetBytes(KeyPurpose));
        using var digest = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        CryptographicOperations.ZeroMemory(key);
        Append(digest, Encoding.UTF8.GetBytes(marbleType));
        Append(digest, uuid.ToByteArray(bigEndian: true));
        Append(digest, result.Files);
        Append(digest, result.Environment);
        return digest.GetHashAndReset();
    }

    private static void Append(IncrementalHash digest, Dictionary<string, ReadOnlyMemory<byte>> values)
    {
        AppendNumber(digest, values.Count);
        foreach ((string name, ReadOnlyMemory<byte> value) in values.OrderBy(v => v.Key, StringComparer.Ordinal))
        {
            Append(digest, Encoding.UTF8.GetBytes(name));
            Append(digest, value.Span);
        }
    }

    private static void Append(IncrementalHash digest, ReadOnlySpan<byte> value)
    {
        AppendNumber(digest, value.Length);
        digest.AppendData(value);
    }

    private static void AppendNumber(IncrementalHash digest, int number)
    {
        Span<byte> bytes = stackalloc byte[sizeof(int)];
        BinaryPrimitives.WriteInt32BigEndian(bytes, number);
        digest.AppendData(bytes);
    }
}

/// <summary>What the manifest gives a Marble that renews. It contains secrets: never log it.</summary>
/// <param name="version">The version; empty if the parameters have no version.</param>
internal sealed class RefreshedParameters(byte[] version)
{
    public byte[] Version => version;

    public IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Files { get; init; } = ImmutableDictionary<string, ReadOnlyMemory<byte>>.Empty;

    public IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Environment { get; init; } =
        ImmutableDictionary<string, ReadOnlyMemory<byte>>.Empty;

    /// <summary>Files without a value here, because they contain the identity.</summary>
    public ImmutableArray<string> IdentityFiles { get; init; } = [];

    /// <summary>Variables without a value here, because they contain the identity.</summary>
    public ImmutableArray<string> IdentityVariables { get; init; } = [];

    /// <summary>Why there are no values; null if there are.</summary>
    public string? Fault { get; init; }
}
