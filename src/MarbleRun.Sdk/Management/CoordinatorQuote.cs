using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using MarbleRun.Attestation;

namespace MarbleRun.Management;

/// <summary>The answer of the quote endpoint.</summary>
internal sealed record CoordinatorQuote(X509Certificate2 Intermediate, X509Certificate2 Root, Quote Quote)
{
    private const int LargestReply = 1024 * 1024;

    /// <summary>Requests a quote over a nonce, so that the quote cannot have been prepared.</summary>
    public static async Task<CoordinatorQuote> GetAsync(CoordinatorConnection connection, byte[] nonce, CancellationToken cancellationToken)
    {
        // The URL alphabet of base64, with padding: client API, "Quote".
        string encoded = Convert.ToBase64String(nonce).Replace('+', '-').Replace('/', '_');
        JsonElement data = await connection
            .GetAsync($"api/v2/quote?nonce={Uri.EscapeDataString(encoded)}", LargestReply, cancellationToken).ConfigureAwait(false);
        X509Certificate2Collection certificates = ReadCertificates(ReplyMembers.GetText(data, "cert"));
        return new CoordinatorQuote(certificates[0], certificates[1], Quote.FromEvidence(ReplyMembers.GetBytes(data, "quote")));
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
