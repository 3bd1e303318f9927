using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Users;

/// <summary>A client that shows exactly the certificates that it is configured with; it has the key of the first one alone.</summary>
internal sealed class ShownCertificates : IDisposable
{
    private readonly HttpClient _client;

    private ShownCertificates(HttpClient client)
    {
        _client = client;
    }

    /// <summary>A client of a Coordinator's client port.</summary>
    public static ShownCertificates To(CoordinatorHost host, X509Certificate2? leaf, params X509Certificate2[] further) => new(
        new HttpClient(new SocketsHttpHandler
        {
            SslOptions =
            {
                ClientCertificateContext = leaf is null ? null : CreateContext(leaf, further),
                RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null,
            },
        })
        { BaseAddress = new Uri($"https://{host.Client}") });

    /// <summary>What follows the leaf must have issued it, each the one before: the platform sends nothing else.</summary>
    public static SslStreamCertificateContext CreateContext(X509Certificate2 leaf, params X509Certificate2[] further) =>
        SslStreamCertificateContext.Create(leaf, [.. further], offline: true);

    /// <summary>A certificate with a key of its own, or with the given one; signed by itself or by another.</summary>
    public static X509Certificate2 Issue(string name, X509Certificate2? issuer = null, ECDsa? key = null, DateTimeOffset? notAfter = null)
    {
        using ECDsa own = key is null
            ? ECDsa.Create(ECCurve.NamedCurves.nistP256)
            : ECDsa.Create(key.ExportParameters(includePrivateParameters: true));
        var request = new CertificateRequest($"CN={name}", own, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(
            new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        DateTimeOffset end = notAfter ?? DateTimeOffset.UtcNow.AddDays(1);
        if (issuer is null)
        {
            return request.CreateSelfSigned(end.AddDays(-2), end);
        }

        using ECDsa issuerKey = issuer.GetECDsaPrivateKey()!;
        using X509Certificate2 certificate = request.Create(
            issuer.SubjectName, X509SignatureGenerator.CreateForECDsa(issuerKey), end.AddDays(-2), end, RandomNumberGenerator.GetBytes(16));
        return certificate.CopyWithPrivateKey(own);
    }

    /// <summary>GET, or POST if there is a body.</summary>
    public async Task<string> SendAsync(string path, string? body)
    {
        using var request = new HttpRequestMessage(body is null ? HttpMethod.Get : HttpMethod.Post, path);
        request.Content = body is null ? null : new StringContent(body, new MediaTypeHeaderValue("application/json"));
        using HttpResponseMessage response = await _client.SendAsync(request, TestContext.Current.CancellationToken);
        return $"{(int)response.StatusCode} {await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken)}";
    }

    public void Dispose() => _client.Dispose();
}
