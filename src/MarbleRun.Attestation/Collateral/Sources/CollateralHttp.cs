using System.Buffers;
using System.Net;

namespace MarbleRun.Attestation.Collateral.Sources;

/// <summary>Requests collateral over HTTP, without redirects, decompression and cookies, and with limits for size and time.</summary>
internal sealed class CollateralHttp(TimeSpan timeout, int largestResponse, HttpMessageHandler? handler, TimeProvider? timeProvider)
    : IDisposable
{
    private const int LargestHeaders = 64;
    private const int MostConnections = 8;
    private const string WebPage = "text/html";

    private readonly TimeProvider _timeProvider = timeProvider ?? TimeProvider.System;
    private readonly HttpMessageInvoker _client = new(handler ?? new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        MaxResponseHeadersLength = LargestHeaders,
        MaxConnectionsPerServer = MostConnections,
    });

    /// <summary>The configured address of a service, with a slash at its end.</summary>
    /// <exception cref="ArgumentException">
    /// It is not http or https, or contains more than host, port and path. The message does not repeat it, because it can contain a secret.
    /// </exception>
    public static string ReadAddress(Uri address, string example)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (!address.IsAbsoluteUri || address.Scheme is not ("http" or "https"))
        {
            throw new ArgumentException($"The address must be http or https, like {example}.", nameof(address));
        }

        return address.UserInfo.Length == 0 && address.Query.Length == 0 && address.Fragment.Length == 0
            ? address.AbsoluteUri.TrimEnd('/') + "/"
            : throw new ArgumentException(
                $"The address must have host, port and path alone, like {example}: no user, query or fragment.", nameof(address));
    }

    /// <summary>Sends one request.</summary>
    /// <exception cref="CollateralException">The request failed or exceeded a limit.</exception>
    public async Task<CollateralAnswer> GetAsync(Uri address, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(timeout, _timeProvider);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, address);
            using HttpResponseMessage response = await _client.SendAsync(request, both.Token).ConfigureAwait(false);
            CheckHead(address, response);
            return new CollateralAnswer(
                address, await ReadBodyAsync(address, response.Content, both.Token).ConfigureAwait(false), response.Headers);
        }
        catch (OperationCanceledException e) when (limit.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            throw new CollateralException($"{address} took longer than {timeout.TotalSeconds:0.#} s.", e);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new CollateralException(
                $"{address} can't be reached: {e.Message}{(e.InnerException is { } cause ? " " + cause.Message : string.Empty)}", e);
        }
    }

    public void Dispose() => _client.Dispose();

    private static void CheckHead(Uri address, HttpResponseMessage response)
    {
        if (response.StatusCode != HttpStatusCode.OK)
        {
            throw new CollateralException($"{address} answered {(int)response.StatusCode} instead of 200.");
        }

        if (response.Content.Headers.ContentEncoding.Count > 0)
        {
            throw new CollateralException($"{address} answered in a compressed form, which was not asked for.");
        }

        if (string.Equals(response.Content.Headers.ContentType?.MediaType, WebPage, StringComparison.OrdinalIgnoreCase))
        {
            throw new CollateralException(
                $"{address} answered a web page. Check that it is the address of the service, and that no login page is in between.");
        }
    }

    private async Task<byte[]> ReadBodyAsync(Uri address, HttpContent content, CancellationToken cancellationToken)
    {
        if (content.Headers.ContentLength > largestResponse)
        {
            throw TooLarge(address);
        }

        Stream stream = await content.ReadAsStreamAsync(cancellationToken).ConfigureAwait(false);
        var body = new ArrayBufferWriter<byte>();
        int read;
        while ((read = await stream.ReadAsync(body.GetMemory(), cancellationToken).ConfigureAwait(false)) > 0)
        {
            body.Advance(read);
            if (body.WrittenCount > largestResponse)
            {
                throw TooLarge(address);
            }
        }

        return body.WrittenSpan.ToArray();
    }

    private CollateralException TooLarge(Uri address) => new($"{address} answered more than {largestResponse} bytes.");
}
