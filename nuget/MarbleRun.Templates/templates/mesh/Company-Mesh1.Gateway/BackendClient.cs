namespace MeshNamespace1.Gateway;

/// <summary>Asks the backend, over mutual TLS between this Marble and that one.</summary>
public sealed class BackendClient(HttpClient client)
{
    /// <summary>The backend's signature of a text, as hex.</summary>
    public Task<string> SignAsync(string text, CancellationToken cancellationToken) =>
        client.GetStringAsync(new Uri($"sign/{Uri.EscapeDataString(text)}", UriKind.Relative), cancellationToken);
}
