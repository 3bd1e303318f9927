using System.Collections.Immutable;
using System.Security.Claims;
using MarbleRun.Identity;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace MarbleRun.AspNetCore;

/// <summary>Compares the caller's type with the required types; only claims of the Marble scheme count.</summary>
internal sealed class MarbleTypeHandler(RefusalLog refusals) : AuthorizationHandler<MarbleTypeRequirement>
{
    protected override Task HandleRequirementAsync(AuthorizationHandlerContext context, MarbleTypeRequirement requirement)
    {
        foreach (ClaimsIdentity identity in context.User.Identities)
        {
            if (identity.AuthenticationType == MarbleAuthentication.Scheme
                && identity.FindFirst(MarbleAuthentication.TypeClaim)?.Value is { } type
                && (requirement.MarbleTypes.IsEmpty || requirement.MarbleTypes.Contains(type)))
            {
                context.Succeed(requirement);
                return Task.CompletedTask;
            }
        }

        if (context.Resource is HttpContext request)
        {
            Report(request, requirement);
        }

        return Task.CompletedTask;
    }

    private void Report(HttpContext request, MarbleTypeRequirement requirement)
    {
        MarblePeer? peer = request.GetMarblePeer();
        refusals.Report(
            RemoteEndPoint.Of(request),
            request.Features.Get<ITlsConnectionFeature>()?.ClientCertificate,
            peer,
            peer is null ? "the caller is not a Marble" : "the caller has another type",
            requirement.MarbleTypes.IsEmpty
                ? "a Marble"
                : $"a Marble of type {string.Join(" or ", requirement.MarbleTypes.Select(t => $"'{t}'"))}");
    }
}

/// <summary>The caller must be a Marble of one of these types, or of any type if the list is empty.</summary>
internal sealed class MarbleTypeRequirement(ImmutableArray<string> marbleTypes) : IAuthorizationRequirement
{
    public ImmutableArray<string> MarbleTypes { get; } = marbleTypes;

    public override string ToString() =>
        MarbleTypes.IsEmpty
            ? "The caller must be a Marble."
            : $"The caller must be a Marble of type {string.Join(" or ", MarbleTypes.Select(t => $"'{t}'"))}.";
}
