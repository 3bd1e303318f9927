using System.Security.Claims;
using System.Text.Encodings.Web;
using MarbleRun.Identity;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MarbleRun.AspNetCore;

/// <summary>
/// Turns the Marble on the other side of the connection into a principal. It trusts the feature that <see
/// cref="MarbleConnectionMiddleware"/> sets, and not the connection's certificate, which middleware may replace with one from a header.
/// </summary>
internal sealed class MarbleAuthenticationHandler(
    IOptionsMonitor<MarbleAuthenticationOptions> options, ILoggerFactory logger, UrlEncoder encoder)
    : AuthenticationHandler<MarbleAuthenticationOptions>(options, logger, encoder)
{
    protected override Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        if (Context.GetMarblePeer() is not { } peer)
        {
            return Task.FromResult(AuthenticateResult.NoResult());
        }

        List<Claim> claims =
        [
            new Claim(MarbleAuthentication.TypeClaim, peer.MarbleType),
            new Claim(MarbleAuthentication.IdClaim, MarbleUuid.ToCanonical(peer.Id)),
        ];
        if (peer.SpiffeId is { } spiffeId)
        {
            claims.Add(new Claim(MarbleAuthentication.SpiffeIdClaim, spiffeId));
        }

        var identity = new ClaimsIdentity(claims, Scheme.Name, MarbleAuthentication.IdClaim, roleType: null);
        return Task.FromResult(AuthenticateResult.Success(new AuthenticationTicket(new ClaimsPrincipal(identity), Scheme.Name)));
    }
}

/// <summary>Has no settings: the Coordinator decides which process is a Marble.</summary>
internal sealed class MarbleAuthenticationOptions : AuthenticationSchemeOptions;
