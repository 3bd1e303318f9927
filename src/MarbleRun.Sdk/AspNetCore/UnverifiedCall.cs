using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Routing;

namespace MarbleRun.AspNetCore;

/// <summary>
/// A request that only an open endpoint may answer, since its caller is no Marble or came without TLS. It is a feature of the request, and watches what answers.
/// </summary>
internal sealed class UnverifiedCall(bool overTls, string sentence, string reason, string required, RefusalLog refusals)
{
    private bool _isEntered;
    private bool _isRefused;

    /// <summary>What routing chooses in place of an endpoint that may not answer.</summary>
    public static Endpoint Refusal { get; } = new(
        static context => context.Features.GetRequiredFeature<UnverifiedCall>().RefuseAsync(context), EndpointMetadataCollection.Empty, "Marble: refused");

    /// <summary>Whether routing has come to its end without running an endpoint at once, as it does with those of <c>ShortCircuit()</c>.</summary>
    public bool IsRouted { get; set; }

    public bool Admits(Endpoint? endpoint) =>
        endpoint?.RequestDelegate is not null && endpoint.Metadata.GetOrderedMetadata<AnyCallerMetadata>().Any(m => overTls || m.Plaintext);

    /// <summary>The same endpoint, which says when it is reached.</summary>
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
    /// The last look, which runs after all callbacks of the app. The exception alone is not enough: over HTTP/2 bytes that were written and not flushed go out with status 500.
    /// </summary>
    public Task CheckStart(HttpContext context)
    {
        if (!MayStart(context))
        {
            Report(context, "what answered is no open endpoint");
            context.Abort();
            throw new InvalidOperationException(
                $"Middleware answered '{context.Request.Path}' to a caller that only endpoints with AllowAnyCaller() or AllowPlaintext() answer. Make it an endpoint.");
        }

        return Task.CompletedTask;
    }

    public Task RefuseAsync(HttpContext context)
    {
        _isRefused = true;
        Report(context, reason);
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        context.Response.ContentType = "text/plain; charset=utf-8";
        return context.Response.WriteAsync(sentence, context.RequestAborted);
    }

    /// <summary>
    /// Whether this may be the answer. Middleware in front of the endpoint may refuse, redirect and answer a browser's preflight; it may not answer in the endpoint's place,
    /// as a branch or a file below an open catch-all would. After the endpoint, an exception handler of the app may speak; pages that are executed again are routed again.
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
        CallerAddress.Of(context), context.Features.Get<ITlsConnectionFeature>()?.ClientCertificate, peer: null, why, required);
}
