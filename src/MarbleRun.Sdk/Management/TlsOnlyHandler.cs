namespace MarbleRun.Management;

/// <summary>Lets no request out in the clear by mistake.</summary>
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
            throw new InvalidOperationException($"Marbles are called over TLS only, but the address is '{request.RequestUri}'. Write https:// in front of it.");
        }
    }
}
