using MarbleRun.AspNetCore;
using MarbleRun.Hosting;
using Microsoft.AspNetCore.Authorization;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Says which Marbles may call an endpoint.</summary>
public static class MarbleEndpointConventionBuilderExtensions
{
    /// <summary>
    /// Lets only Marbles of these types call: others get status 403, callers that are no Marble 401 (gRPC: PermissionDenied, Unauthenticated).
    /// </summary>
    /// <typeparam name="TBuilder">The kind of endpoint: minimal API, group, controller, gRPC service.</typeparam>
    /// <param name="builder">The endpoint.</param>
    /// <param name="marbleTypes">The types, keys of the manifest's <c>Marbles</c>; none lets every Marble call.</param>
    /// <returns>The same builder. The app does not start if <c>AddMarble()</c> was not called.</returns>
    public static TBuilder RequireMarble<TBuilder>(this TBuilder builder, params string[] marbleTypes)
        where TBuilder : IEndpointConventionBuilder
    {
        ArgumentNullException.ThrowIfNull(marbleTypes);
        foreach (string marbleType in marbleTypes)
        {
            ArgumentException.ThrowIfNullOrEmpty(marbleType, nameof(marbleTypes));
        }

        AuthorizationPolicy policy = new AuthorizationPolicyBuilder(MarbleAuthentication.Scheme)
            .RequireAuthenticatedUser()
            .AddRequirements(new MarbleTypeRequirement([.. marbleTypes]))
            .Build();
        builder.Add(endpoint => MarbleServices.ThrowIfMissing(endpoint.ApplicationServices, nameof(RequireMarble)));
        return builder.RequireAuthorization(policy);
    }
}
