using System.Runtime.CompilerServices;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Identity;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace MarbleRun.AspNetCore;

/// <summary>
/// Checks the connection of each request before the app runs: refuses plain HTTP and callers that are not Marbles, and sets the caller's
/// identity.
/// </summary>
/// <remarks>
/// The handshake has already checked the caller. This middleware checks again, because an endpoint can be configured not to request a
/// client certificate, also by variables that the untrusted host sets. The signature is checked once for a connection's certificate;
/// dates, authority and revocations are checked at each request, under the trust of that moment. The middleware runs before routing, so
/// that it also refuses requests that no endpoint handles; for a request that it would refuse, it runs routing to determine whether an
/// open endpoint would answer.
/// </remarks>
internal sealed class MarbleConnectionMiddleware(
    RequestDelegate next,
    EndpointSelection selection,
    OpenEndpoints open,
    MarbleConnections connections,
    MarbleEndpoints endpoints,
    RefusalLog refusals,
    IOptions<MarbleOptions> options)
{
    private const string PlaintextRefused = "This Marble answers over TLS only. ";
    private const string MarbleRequired =
        "This Marble answers to Marbles of its mesh only. Show a Marble certificate in the TLS handshake.\n";

    // Keyed by the certificate object; each connection has its own.
    private readonly ConditionalWeakTable<X509Certificate2, VerifiedPeer> _verdicts = [];
    private readonly bool _allowPlaintext = options.Value.AllowPlaintext;
    private readonly bool _requireMarble = options.Value.RequireMarbleClients;

    public Task InvokeAsync(HttpContext context)
    {
        // Middleware can replace the scheme and the certificate of the request; the features of the connection come from the server.
        if (context.Features.Get<ITlsHandshakeFeature>() is null)
        {
            return _allowPlaintext
                ? next(context)
                : AdmitOrRefuseAsync(context, new UnverifiedCall(
                    overTls: false,
                    $"{PlaintextRefused}{endpoints.Complaint ?? "Use its HTTPS endpoint."}\n",
                    "the request came without TLS",
                    "an HTTPS endpoint",
                    refusals));
        }

        if (FindPeer(context, out string reason) is { } peer)
        {
            context.Features.Set(new MarblePeerFeature(peer));
            return next(context);
        }

        return _requireMarble
            ? AdmitOrRefuseAsync(
                context, new UnverifiedCall(overTls: true, MarbleRequired, reason, "a certificate of a Marble of this mesh", refusals))
            : next(context);
    }

    private MarblePeer? FindPeer(HttpContext context, out string reason)
    {
        reason = "no certificate was shown";
        if (context.Features.Get<ITlsConnectionFeature>()?.ClientCertificate is not { } certificate)
        {
            return null;
        }

        MarbleIdentity identity = connections.Identity;
        if (_verdicts.TryGetValue(certificate, out VerifiedPeer? peer))
        {
            if (identity.FindFault(peer, connections.Now, out string? ended) == PeerFault.None)
            {
                return peer.Peer;
            }

            reason = ended!;
            return null;
        }

        if (!connections.TryVerifyClient(certificate, identity, out peer, out string? fault))
        {
            reason = fault;
            return null;
        }

        _verdicts.AddOrUpdate(certificate, peer);
        return peer.Peer;
    }

    private async Task AdmitOrRefuseAsync(HttpContext context, UnverifiedCall call)
    {
        if (!open.Any)
        {
            await call.RefuseAsync(context).ConfigureAwait(false);
            return;
        }

        context.Features.Set(call);
        context.Response.OnStarting(() => call.CheckStart(context));
        await selection.SelectAsync(context).ConfigureAwait(false);
        if (!call.IsRouted)
        {
            return;
        }

        if (!call.Admits(context.GetEndpoint()))
        {
            await call.RefuseAsync(context).ConfigureAwait(false);
            return;
        }

        await next(context).ConfigureAwait(false);
    }
}

/// <summary>The Marble on the other side of the request's connection.</summary>
internal sealed record MarblePeerFeature(MarblePeer Peer);
