using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace MarbleRun.AspNetCore;

/// <summary>
/// A request that only an open endpoint may answer, because its caller is not a Marble or came without TLS. It is a feature of the request,
/// and checks which endpoint answers.
/// </summary>
internal sealed class UnverifiedCall(bool overTls, string message, string reason, string required, RefusalLog refusals)
{
    private bool _isEntered;
    private bool _isRefused;

    /// <summary>The endpoint that routing chooses instead of one that may not answer.</summary>
    public static Endpoint Refusal { get; } = new(
        static context => context.Features.GetRequiredFeature<UnverifiedCall>().RefuseAsync(context),
        EndpointMetadataCollection.Empty,
        "Marble: refused");

    /// <summary>
    /// Whether routing has completed without running an endpoint immediately, as it does for endpoints with <c>ShortCircuit()</c>.
    /// </summary>
    public bool IsRouted { get; set; }

    public bool Admits(Endpoint? endpoint) =>
        endpoint?.RequestDelegate is not null && endpoint.Metadata.GetOrderedMetadata<AnyCallerMetadata>().Any(m => overTls || m.Plaintext);

    /// <summary>Returns the same endpoint, extended to record when it is reached.</summary>
    public Endpoint Watch(Endpoint endpoint)
    {
        RequestDelegate inner = endpoint.RequestDelegate!;
        return endpoint is RouteEndpoint route
            ? new RouteEndpoint(Enter, route.RoutePattern, route.Order, route.Metadata, route.DisplayName)
            : new Endpoint(Enter, endpoint.Metadata, endpoint.DisplayName);

        Task Enter(HttpContext context)
        {
            _isEntered = true;
            return inner(context);
        }
    }

    /// <summary>
    /// The last check, which runs after all callbacks of the app. Throwing is not enough: over HTTP/2, bytes that were written and not
    /// flushed would be sent with status 500.
    /// </summary>
    public Task CheckStart(HttpContext context)
    {
        if (!MayStart(context))
        {
            Report(context, "the response does not come from an open endpoint");
            context.Abort();
            throw new InvalidOperationException(
                $"Middleware answered '{context.Request.Path}' to a caller that only endpoints with AllowAnyCaller() or AllowPlaintext() "
                + $"answer. Make it an endpoint.");
        }

        return Task.CompletedTask;
    }

    public Task RefuseAsync(HttpContext context)
    {
        _isRefused = true;
        Report(context, reason);
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(message, context.RequestAborted);
    }

    /// <summary>
    /// Whether this response may be sent. Middleware in front of the endpoint may refuse, redirect and answer a browser's preflight; it may
    /// not answer instead of the endpoint, as a branch or a file below an open catch-all would. After the endpoint, an exception handler of
    /// the app may answer; pages that are executed again are routed again.
    /// </summary>
    private bool MayStart(HttpContext context)
    {
        int status = context.Response.StatusCode;
        if (_isRefused)
        {
            return true;
        }

        if (Admits(context.GetEndpoint()))
        {
            return _isEntered || status is StatusCodes.Status204NoContent or >= StatusCodes.Status300MultipleChoices;
        }

        return status >= StatusCodes.Status400BadRequest && context.Features.Get<IExceptionHandlerFeature>() is not null;
    }

    private void Report(HttpContext context, string why) => refusals.Report(
        RemoteEndPoint.Of(context), context.Features.Get<ITlsConnectionFeature>()?.ClientCertificate, peer: null, why, required);
}
