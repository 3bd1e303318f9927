using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using MarbleRun.TestSupport.FakeKubernetes;

namespace MarbleRun.Coordinator.Stores.Tests.FakeKubernetes;

/// <summary>Plain requests of a test to the API server, as <c>curl</c> would send them.</summary>
internal sealed class FakeApiClient : IDisposable
{
    public const string SecretsPath = "/api/v1/namespaces/default/secrets";
    public const string SlicesPath = "/apis/discovery.k8s.io/v1/namespaces/default/endpointslices";

    private readonly HttpClient _client;

    public FakeApiClient(FakeApiServer server, string? token = FakeApiServer.AdminToken)
    {
        var handler = new SocketsHttpHandler
        {
            SslOptions = { RemoteCertificateValidationCallback = (_, shown, _, _) => shown?.GetCertHashString() == server.Thumbprint },
        };
        _client = new HttpClient(handler) { BaseAddress = new Uri(server.Address) };
        if (token is not null)
        {
            _client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }
    }

    public static JsonObject Secret(string name, string value = "AA==") => JsonNode.Parse(
        $$"""{"apiVersion":"v1","kind":"Secret","metadata":{"name":"{{name}}"},"data":{"a":"{{value}}"} }""")!.AsObject();

    public static string VersionOf(JsonNode o) => (string)o["metadata"]!["resourceVersion"]!;

    public Task<(int Code, JsonObject Body)> GetAsync(string path, string? accept = null) => SendAsync(HttpMethod.Get, path, null, accept);

    public Task<(int Code, JsonObject Body)> PostAsync(string path, JsonObject o) => SendAsync(HttpMethod.Post, path, o);

    public Task<(int Code, JsonObject Body)> PutAsync(string path, JsonObject o) => SendAsync(HttpMethod.Put, path, o);

    public Task<(int Code, JsonObject Body)> DeleteAsync(string path, JsonObject? options = null) =>
        SendAsync(HttpMethod.Delete, path, options);

    /// <summary>The events of a watch; it ends with the stream.</summary>
    public async IAsyncEnumerable<(string Type, JsonObject Object)> WatchAsync(string path)
    {
        CancellationToken token = TestContext.Current.CancellationToken;
        using HttpResponseMessage response =
            await _client.GetAsync(new Uri(path, UriKind.Relative), HttpCompletionOption.ResponseHeadersRead, token);
        Assert.True(response.IsSuccessStatusCode, $"{response.StatusCode}");
        using var reader = new StreamReader(await response.Content.ReadAsStreamAsync(token));
        while (await reader.ReadLineAsync(token) is { } line)
        {
            JsonNode received = JsonNode.Parse(line)!;
            yield return ((string)received["type"]!, received["object"]!.AsObject());
        }
    }

    public void Dispose() => _client.Dispose();

    private async Task<(int Code, JsonObject Body)> SendAsync(HttpMethod method, string path, JsonObject? body, string? accept = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        if (accept is not null)
        {
            request.Headers.TryAddWithoutValidation("Accept", accept);
        }

        if (body is not null)
        {
            request.Content = new StringContent(body.ToJsonString(), Encoding.UTF8, "application/json");
        }

        using HttpResponseMessage response = await _client.SendAsync(request, TestContext.Current.CancellationToken);
        string text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        return ((int)response.StatusCode, text.StartsWith('{') ? JsonNode.Parse(text)!.AsObject() : new JsonObject { ["text"] = text });
    }
}
