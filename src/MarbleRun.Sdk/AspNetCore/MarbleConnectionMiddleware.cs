using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Activation;
using MarbleRun.Identity;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MarbleRun.AspNetCore;

/// <summary>
/// Looks at the connection of each request before the app does: refuses plain HTTP and callers that are no Marble, and says who called.
/// </summary>
/// <remarks>
/// The handshake has checked the caller already. This checks again, because an endpoint can be configured, also by variables that the untrusted
/// host sets, to ask for no client certificate. The verdict is kept with the connection's certificate; it ends with the certificate
/// and with the identity's generation.
/// </remarks>
internal sealed partial class MarbleConnectionMiddleware(
    RequestDelegate next, MarbleConnections connections, MarbleEndpoints endpoints, IOptions<MarbleOptions> options, ILogger<MarbleConnectionMiddleware> logger)
{
    private const string PlaintextRefused = "This Marble answers over TLS only. ";
    private const string StrangerRefused = "This Marble answers to Marbles of its mesh only. Show a Marble certificate in the TLS handshake.\n";

    // By the certificate object, of which each connection has one.
    private readonly ConditionalWeakTable<X509Certificate2, Verdict> _verdicts = [];
    private readonly bool _allowPlaintext = options.Value.AllowPlaintext;
    private readonly bool _requireMarble = options.Value.RequireMarbleClients;

    public Task InvokeAsync(HttpContext context)
    {
        // The scheme and the certificate of the request can be replaced by middleware; the features of the connection come from the server.
        if (context.Features.Get<ITlsHandshakeFeature>() is null)
        {
            return _allowPlaintext ? next(context) : RefuseAsync(context, $"{PlaintextRefused}{endpoints.Complaint ?? "Use its HTTPS endpoint."}\n");
        }

        if (FindPeer(context) is { } peer)
        {
            context.Features.Set(new MarblePeerFeature(peer));
            return next(context);
        }

        return _requireMarble ? RefuseAsync(context, StrangerRefused) : next(context);
    }

    private MarblePeer? FindPeer(HttpContext context)
    {
        if (context.Features.Get<ITlsConnectionFeature>()?.ClientCertificate is not { } certificate)
        {
            return null;
        }

        MarbleIdentity identity = connections.Identity;
        if (_verdicts.TryGetValue(certificate, out Verdict? verdict) && verdict.Holds(identity, connections.Now))
        {
            return verdict.Peer;
        }

        if (!connections.TryVerifyClient(certificate, identity, out MarblePeer? peer, out string? reason))
        {
            Log.CallerNotVerified(logger, context.Connection.Id, reason);
            return null;
        }

        _verdicts.AddOrUpdate(certificate, new Verdict(peer, identity, new DateTimeOffset(certificate.NotAfter)));
        return peer;
    }

    private async Task RefuseAsync(HttpContext context, string sentence)
    {
        Log.RequestRefused(logger, context.Connection.Id, sentence.TrimEnd());
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        context.Response.ContentType = "text/plain; charset=utf-8";
        await context.Response.WriteAsync(sentence, context.RequestAborted).ConfigureAwait(false);
    }

    private sealed record Verdict(MarblePeer Peer, MarbleIdentity Identity, DateTimeOffset NotAfter)
    {
        public bool Holds(MarbleIdentity identity, DateTimeOffset now) => ReferenceEquals(Identity, identity) && now <= NotAfter;
    }

    private static partial class Log
    {
        [LoggerMessage(135, LogLevel.Warning, "The caller on connection {ConnectionId} is no Marble: {Reason}.", EventName = "CallerNotVerified")]
        public static partial void CallerNotVerified(ILogger logger, string connectionId, string reason);

        [LoggerMessage(136, LogLevel.Warning, "Refused a request on connection {ConnectionId}: {Sentence}", EventName = "RequestRefused")]
        public static partial void RequestRefused(ILogger logger, string connectionId, string sentence);
    }
}
