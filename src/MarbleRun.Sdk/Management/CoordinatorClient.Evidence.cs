using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using MarbleRun.Attestation;

namespace MarbleRun.Management;

public sealed partial class CoordinatorClient
{
    private const int LargestEvidence = 1024 * 1024;

    /// <summary>Creates a client that is pinned to a root certificate that was verified earlier, and kept by the caller.</summary>
    /// <param name="address">The client address, <c>host:port</c> or <c>https://host:port</c>.</param>
    /// <param name="root">The root certificate of a <see cref="VerifiedCoordinator"/>. Connections accept only this certificate.</param>
    /// <param name="user">The certificate of a user with its private key; null for no user. The caller disposes of it.</param>
    /// <exception cref="ArgumentException">The address is invalid, or <paramref name="user"/> has no private key.</exception>
    public static CoordinatorClient ForRoot(string address, X509Certificate2 root, X509Certificate2? user = null)
    {
        ArgumentNullException.ThrowIfNull(root);
        return Create(address, root.RawData, user);
    }

    /// <summary>
    /// Creates a client that verifies nothing: a party that intercepts the connection can read and change everything, secrets included. For
    /// experiments. The client accepts the first certificate that it sees, and no other one afterwards.
    /// </summary>
    /// <param name="address">The client address, <c>host:port</c> or <c>https://host:port</c>.</param>
    /// <param name="user">The certificate of a user with its private key; null for no user. The caller disposes of it.</param>
    /// <exception cref="ArgumentException">The address is invalid, or <paramref name="user"/> has no private key.</exception>
    public static CoordinatorClient WithoutVerification(string address, X509Certificate2? user = null) => Create(address, null, user);

    /// <inheritdoc/>
    public Task<CoordinatorEvidence> GetEvidenceAsync(
        ReadOnlyMemory<byte> nonce = default, CancellationToken cancellationToken = default) =>
        GetEvidenceAsync(_connection, nonce, cancellationToken);

    /// <summary>Requests a quote over a nonce, so that the quote cannot have been prepared.</summary>
    internal static async Task<CoordinatorEvidence> GetEvidenceAsync(
        CoordinatorConnection connection, ReadOnlyMemory<byte> nonce, CancellationToken cancellationToken)
    {
        // The URL alphabet of base64, with padding: client API, "Quote".
        string query = nonce.IsEmpty
            ? string.Empty
            : $"?nonce={Uri.EscapeDataString(Convert.ToBase64String(nonce.Span).Replace('+', '-').Replace('/', '_'))}";
        JsonElement data = await connection
            .GetAsync($"api/v2/quote{query}", LargestEvidence, cancellationToken).ConfigureAwait(false);
        X509Certificate2Collection certificates = ReadCertificates(ReplyMembers.GetText(data, "cert"));
        return new CoordinatorEvidence(
            Root: certificates[1], Intermediate: certificates[0], Quote.FromEvidence(ReplyMembers.GetBytes(data, "quote")));
    }

    private static CoordinatorClient Create(string address, byte[]? pinned, X509Certificate2? user)
    {
        ThrowIfWithoutKey(user);
        return CoordinatorAddress.TryParse(address, out Uri? uri)
            ? new CoordinatorClient(new CoordinatorConnection(uri, new CoordinatorPeer(pinned), user))
            : throw new ArgumentException($"'{address}' is not a Coordinator address; use host:port.", nameof(address));
    }

    private static X509Certificate2Collection ReadCertificates(string pem)
    {
        var certificates = new X509Certificate2Collection();
        try
        {
            certificates.ImportFromPem(pem);
        }
        catch (CryptographicException e)
        {
            throw CoordinatorConnection.Invalid("'cert' is not PEM", e);
        }

        return certificates.Count == 2
            ? certificates
            : throw CoordinatorConnection.Invalid("'cert' is not an intermediate certificate and a root");
    }
}
