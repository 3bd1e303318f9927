namespace MarbleRun.Management;

/// <summary>Refuses requests without TLS.</summary>
internal sealed class TlsOnlyHandler(HttpMessageHandler inner) : DelegatingHandler(inner)
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ThrowIfClear(request);
        return base.SendAsync(request, cancellationToken);
    }

    protected override HttpResponseMessage Send(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        ThrowIfClear(request);
        return base.Send(request, cancellationToken);
    }

    private static void ThrowIfClear(HttpRequestMessage request)
    {
        if (request.RequestUri?.Scheme != Uri.UriSchemeHttps)
        {
            throw new InvalidOperationException(
                $"Marbles are called over TLS only, but the address is '{request.RequestUri}'. Use an https:// address.");
        }
    }
}
