using System.Net.Http.Json;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Protos;

namespace MarbleRun.Coordinator.Tests.Recovery;

/// <summary>What a Marble does with its identity on the client port.</summary>
internal static class CounterCalls
{
    /// <summary>Raises the counter <c>c</c>; gives the answer's body.</summary>
    public static async Task<string> RaiseAsync(MeshToRecover mesh, Parameters marble, ulong value)
    {
        using var certificate = X509Certificate2.CreateFromPem(
            marble.Env["MARBLE_PREDEFINED_MARBLE_CERTIFICATE_CHAIN"].ToStringUtf8(),
            marble.Env["MARBLE_PREDEFINED_PRIVATE_KEY"].ToStringUtf8());
        using var handler = new SocketsHttpHandler
        {
            SslOptions =
            {
                ClientCertificates = [certificate],
                RemoteCertificateValidationCallback = (_, shown, _, _) => shown is not null,
            },
        };
        using var client = new HttpClient(handler) { BaseAddress = new Uri($"https://{mesh.Host.Client}") };
        using HttpResponseMessage response = await client.PostAsJsonAsync(
            "/api/v2/monotonic-counter", new { name = "c", value }, TestContext.Current.CancellationToken);
        return await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
    }
}
