using System.Security.Cryptography.X509Certificates;
using MarbleRun.Coordinator.Tests.Manifests;
using MarbleRun.Coordinator.Tests.Users;

namespace MarbleRun.Coordinator.Tests.Counters;

/// <summary>An activated Marble that uses counters.</summary>
internal sealed class CounterMarble : IDisposable
{
    private readonly ShownCertificates _client;

    public CounterMarble(GovernedMesh mesh, Dictionary<string, string> environment, params X509Certificate2[] further)
    {
        Certificate = X509Certificate2.CreateFromPem(
            environment["MARBLE_PREDEFINED_MARBLE_CERTIFICATE_CHAIN"], environment["MARBLE_PREDEFINED_PRIVATE_KEY"]);
        _client = ShownCertificates.To(mesh.Host, Certificate, further);
    }

    public X509Certificate2 Certificate { get; }

    public static async Task<CounterMarble> ActivateAsync(GovernedMesh mesh, string type = "web", string? uuid = null) =>
        new(mesh, await mesh.ActivateAsync(type, uuid));

    public static Task<string> SendAsync(ShownCertificates client, string body) => client.SendAsync("/api/v2/monotonic-counter", body);

    public Task<string> SendAsync(string body) => SendAsync(_client, body);

    public Task<string> RaiseAsync(string name, ulong value) => SendAsync($$"""{"name":"{{name}}","value":{{value}}}""");

    public static string Value(ulong value) => $"200 {{\"status\":\"success\",\"data\":{{\"value\":{value}}}}}\n";

    public static string Unauthorized(string reason) =>
        $"401 {{\"status\":\"fail\",\"data\":null,\"message\":\"unauthorized marble: {reason}\"}}\n";

    public void Dispose()
    {
        _client.Dispose();
        Certificate.Dispose();
    }
}
