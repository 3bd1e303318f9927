using System.Buffers;
using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using MarbleRun.Manifests.Signatures;

namespace MarbleRun.Management;

/// <summary>
/// The client API of a verified Coordinator: connections are pinned to its root certificate. Needs API version 2 (MarbleRun 1.5 or later).
/// </summary>
public sealed partial class CoordinatorClient : ICoordinatorClient, IDisposable
{
    internal const string NoPrivateKey =
        "A user authenticates with the private key of the certificate, and this certificate has no private key.";

    private const int LargestStatus = 64 * 1024;

    private readonly CoordinatorConnection _connection;

    /// <summary>Initializes a new instance of the <see cref="CoordinatorClient"/> class.</summary>
    /// <param name="coordinator">The result of <see cref="VerifyCoordinatorAsync"/>.</param>
    public CoordinatorClient(VerifiedCoordinator coordinator)
    {
        ArgumentNullException.ThrowIfNull(coordinator);
        _connection = new CoordinatorConnection(coordinator.Address, new CoordinatorPeer(coordinator.Root.RawData));
    }

    /// <summary>Initializes a new instance of the <see cref="CoordinatorClient"/> class that acts as a user of the manifest.</summary>
    /// <param name="coordinator">The result of <see cref="VerifyCoordinatorAsync"/>.</param>
    /// <param name="user">
    /// The user's certificate with its private key: exactly the certificate in the manifest, without issuers. The caller disposes of it.
    /// </param>
    /// <exception cref="ArgumentException"><paramref name="user"/> has no private key.</exception>
    public CoordinatorClient(VerifiedCoordinator coordinator, X509Certificate2 user)
    {
        ArgumentNullException.ThrowIfNull(coordinator);
        ArgumentNullException.ThrowIfNull(user);
        ThrowIfWithoutKey(user);
        _connection = new CoordinatorConnection(coordinator.Address, new CoordinatorPeer(coordinator.Root.RawData), user);
    }

    internal CoordinatorClient(CoordinatorConnection connection)
    {
        _connection = connection;
    }

    /// <summary>
    /// Verifies a complete deployment: the Coordinator's quote over a fresh nonce; that its root certificate is the one that the quote
    /// vouches for and that the TLS server shows; that the root issued the intermediate; and that the root signed the manifest and it is
    /// the expected one.
    /// </summary>
    /// <param name="address">The client address, <c>host:port</c> or <c>https://host:port</c>.</param>
    /// <param name="expectation">The expected values.</param>
    /// <param name="cancellationToken">Cancels the verification.</param>
    /// <returns>The deployment, for calling its Marbles.</returns>
    /// <exception cref="CoordinatorVerificationException">The deployment is not trustworthy.</exception>
    /// <exception cref="ArgumentException">The address is invalid, or the expected values would accept any deployment.</exception>
    public static Task<VerifiedDeployment> VerifyAsync(
        string address, CoordinatorExpectation expectation, CancellationToken cancellationToken = default) =>
        CoordinatorVerifier.Create(address, expectation).VerifyDeploymentAsync(cancellationToken);

    /// <summary>Verifies only a Coordinator, for instance one without a manifest.</summary>
    /// <param name="address">The client address, <c>host:port</c> or <c>https://host:port</c>.</param>
    /// <param name="expectation">The expected values; the manifest is not checked.</param>
    /// <param name="cancellationToken">Cancels the verification.</param>
    /// <returns>The Coordinator, for a <see cref="CoordinatorClient"/>.</returns>
    /// <exception cref="CoordinatorVerificationException">The Coordinator is not trustworthy.</exception>
    /// <exception cref="ArgumentException">The address is invalid, or the expected values would accept any Coordinator.</exception>
    public static Task<VerifiedCoordinator> VerifyCoordinatorAsync(
        string address, CoordinatorExpectation expectation, CancellationToken cancellationToken = default) =>
        CoordinatorVerifier.Create(address, expectation).VerifyCoordinatorAsync(cancellationToken);

    /// <inheritdoc/>
    public async Task<CoordinatorStatus> GetStatusAsync(CancellationToken cancellationToken = default)
    {
        JsonElement data = await _connection.GetAsync("api/v2/status", LargestStatus, cancellationToken).ConfigureAwait(false);
        var phase = (CoordinatorPhase)ReplyMembers.GetNumber(data, "code");
        return new CoordinatorStatus(Enum.IsDefined(phase) ? phase : CoordinatorPhase.Unknown, ReplyMembers.GetText(data, "message"));
    }

    /// <inheritdoc/>
    public Task<SignedManifest> GetManifestAsync(CancellationToken cancellationToken = default) =>
        GetManifestAsync(_connection, cancellationToken);

    /// <inheritdoc/>
    public async Task<IReadOnlyDictionary<string, ReadOnlyMemory<byte>>> SetManifestAsync(
        ReadOnlyMemory<byte> manifest,
        IReadOnlyCollection<ManifestSignature>? signatures = null,
        CancellationToken cancellationToken = default)
    {
        JsonElement data = await _connection
            .PostAsync(
                "api/v2/manifest",
                Envelope(manifest, signatures),
                CoordinatorConnection.LargestReply,
                cancellationToken).ConfigureAwait(false);

        // This member name has a capital letter in this version of the API too.
        return ReadSecrets(data, "RecoverySecrets");
    }

    /// <summary>Closes the connections.</summary>
    public void Dispose() => _connection.Dispose();

    internal static async Task<SignedManifest> GetManifestAsync(CoordinatorConnection connection, CancellationToken cancellationToken)
    {
        JsonElement data = await connection.GetAsync(
            "api/v2/manifest", CoordinatorConnection.LargestReply, cancellationToken).ConfigureAwait(false);
        var manifest = new SignedManifest(
            ReplyMembers.GetBytes(data, "manifest"), ReplyMembers.GetBytes(data, "manifestSignatureRootECDSA"));
        return string.Equals(manifest.Fingerprint, ReplyMembers.GetText(data, "manifestFingerprint"), StringComparison.OrdinalIgnoreCase)
            ? manifest
            : throw CoordinatorConnection.Invalid("the manifest does not match its fingerprint");
    }

    private static void ThrowIfWithoutKey(X509Certificate2? user)
    {
        if (user is { HasPrivateKey: false })
        {
            throw new ArgumentException(NoPrivateKey, nameof(user));
        }
    }

    private static ImmutableDictionary<string, ReadOnlyMemory<byte>> ReadSecrets(JsonElement data, string member) =>
        data.ValueKind == JsonValueKind.Object
        && data.TryGetProperty(member, out JsonElement secrets)
        && secrets.ValueKind == JsonValueKind.Object
            ? secrets
                .EnumerateObject()
                .ToImmutableDictionary(s => s.Name, s => new ReadOnlyMemory<byte>(ReplyMembers.GetBytes(secrets, s.Name)))
            : ImmutableDictionary<string, ReadOnlyMemory<byte>>.Empty;

    private static byte[] Envelope(ReadOnlyMemory<byte> manifest, IReadOnlyCollection<ManifestSignature>? signatures = null)
    {
        var body = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(body))
        {
            writer.WriteStartObject();
            writer.WriteBase64String("manifest", manifest.Span);
            if (signatures is { Count: > 0 })
            {
                writer.WriteStartArray("ManifestSignatures");
                foreach (ManifestSignature signature in signatures)
                {
                    signature.WriteTo(writer);
                }

                writer.WriteEndArray();
            }

            writer.WriteEndObject();
        }

        return body.WrittenSpan.ToArray();
    }
}
