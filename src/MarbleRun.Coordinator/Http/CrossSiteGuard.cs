using System.Net.Http.Headers;
using Microsoft.AspNetCore.Http.Features;

namespace MarbleRun.Coordinator.Http;

/// <summary>
/// Refuses requests that a page of another site can make a browser send. A browser adds the user's client certificate automatically, so a
/// form on a foreign page could change secrets. Every current browser sends the page's origin in such requests (Fetch, 3.1), and no other
/// client does. Without a preflight request, a page can send only the content types of forms (Fetch, 2.2.2), or no content type.
/// </summary>
internal static class CrossSiteGuard
{
    private const string Json = "application/json";

    /// <summary>The content type for manifests in an earlier description of this API; a page of another site needs a preflight request to
    /// send it.</summary>
    private const string Bytes = "application/octet-stream";

    private const string FetchSite = "Sec-Fetch-Site";

    /// <exception cref="ApiException">403: the request comes from a foreign page. 415: it has a user's certificate, and a content type that
    /// a page could send.</exception>
    public static void ThrowIfCrossSite(HttpContext context)
    {
        HttpRequest request = context.Request;
        if (HttpMethods.IsGet(request.Method) || HttpMethods.IsHead(request.Method))
        {
            return;
        }

        JSendStatus status = request.Path.StartsWithSegments("/api/v2", StringComparison.Ordinal) ? JSendStatus.Fail : JSendStatus.Error;
        if (request.Headers.Origin.Any(origin => !IsOwn(origin, request)))
        {
            throw new ApiException(
                StatusCodes.Status403Forbidden,
                status,
                "the request comes from a web page of another origin, which may not change anything here");
        }

        if (request.Headers[FetchSite].Any(site => site is not ("same-origin" or "none")))
        {
            throw new ApiException(
                StatusCodes.Status403Forbidden,
                status,
                "the request comes from a web page of another site, which may not change anything here");
        }

        // Without a certificate a page has no more permissions than any caller; the first manifest is often set with curl, whose content
        // type is that of a form.
        if (context.Connection.ClientCertificate is not null
            && HasBody(context)
            && !NeedsPreflight(request.ContentType)
            && !IsProgramWithoutContentType(request))
        {
            throw new ApiException(
                StatusCodes.Status415UnsupportedMediaType,
                status,
                $"with a client certificate the content type must be {Json}: another one could be sent by a web page in the "
                + $"user's name. With curl: -H 'Content-Type: {Json}'");
        }
    }

    private static bool IsOwn(string? origin, HttpRequest request) =>
        string.Equals(origin, $"{Uri.UriSchemeHttps}://{request.Host.Value}", StringComparison.OrdinalIgnoreCase);

    private static bool HasBody(HttpContext context) =>
        context.Request.ContentLength is { } length
            ? length > 0
            : context.Features.Get<IHttpRequestBodyDetectionFeature>()?.CanHaveBody != false;

    /// <summary>
    /// Programs in Go, including those of MarbleRun, send no content type by default. A page can do that too (a Blob without type), but not
    /// without Origin. Browsers before 2020 omitted Origin in some requests, but the User-Agent of every browser begins with Mozilla, which
    /// a page cannot change without a preflight request.
    /// </summary>
    private static bool IsProgramWithoutContentType(HttpRequest request) =>
        request.Headers.ContentType.Count == 0
        && request.Headers.Origin.Count == 0
        && request.Headers[FetchSite].Count == 0
        && !request.Headers.UserAgent.Any(agent => agent?.StartsWith("Mozilla/", StringComparison.OrdinalIgnoreCase) == true);

    private static bool NeedsPreflight(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out MediaTypeHeaderValue? type)
        && (string.Equals(type.MediaType, Json, StringComparison.OrdinalIgnoreCase)
            || string.Equals(type.MediaType, Bytes, StringComparison.OrdinalIgnoreCase));
}
