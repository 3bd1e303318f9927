using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Secrets;

/// <summary>A user of the client port: a self-signed certificate and what it can do.</summary>
internal sealed class UserClient : IDisposable
{
    public UserClient(string name, DateTimeOffset? notAfter = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        DateTimeOffset end = notAfter ?? DateTimeOffset.UtcNow.AddDays(1);
        Certificate = request.CreateSelfSigned(end.AddDays(-2), end);
    }

    public X509Certificate2 Certificate { get; }

    /// <summary>The certificate as a manifest holds it.</summary>
    public string JsonPem => JsonEncodedText.Encode(Certificate.ExportCertificatePem()).ToString();

    public void Dispose() => Certificate.Dispose();

    public async Task<(HttpStatusCode Status, string ContentType, string Body)> SendAsync(
        CoordinatorHost host, HttpMethod method, string path, object? body = null)
    {
        using var handler = new SocketsHttpHandler
        {
            SslOptions =
            {
                ClientCertificates = [Certificate],
                RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null,
            },
        };
        using var client = new HttpClient(handler) { BaseAddress = new Uri($"https://{host.Client}") };
        using var request = new HttpRequestMessage(method, path)
        {
            Content = body is null ? null
                : body is string text ? new StringContent(text, new MediaTypeHeaderValue("application/json"))
                : JsonContent.Create(body),
        };
        using HttpResponseMessage response = await client.SendAsync(request, TestContext.Current.CancellationToken);
        return (
            response.StatusCode,
            response.Content.Headers.ContentType!.ToString(),
            await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
    }
}
