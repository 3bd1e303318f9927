using System.Security.Claims;
using Microsoft.AspNetCore.Authorization;

namespace MarbleRun.AspNetCore;

/// <summary>Compares the caller's type with the required ones; only claims of the Marble scheme count.</summary>
internal sealed class MarbleTypeHandler : AuthorizationHandler<MarbleTypeRequirement>
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
            }
        }

        return Task.CompletedTask;
    }
}
