using MarbleRun.AspNetCore;
using MarbleRun.Hosting;
using Microsoft.AspNetCore.Authorization;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Specifies which callers may call an endpoint.</summary>
public static class MarbleEndpointConventionBuilderExtensions
{
    /// <summary>
    /// Allows only Marbles of these types to call: other Marbles get status 403, and callers that are not Marbles 401 (gRPC:
    /// PermissionDenied, Unauthenticated).
    /// </summary>
    /// <typeparam name="TBuilder">The kind of endpoint: minimal API, group, controller, gRPC service.</typeparam>
    /// <param name="builder">The endpoint.</param>
    /// <param name="marbleTypes">The types, keys of the manifest's <c>Marbles</c>; without types, every Marble may call.</param>
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
        builder.Add(endpoint =>
        {
            MarbleServices.ThrowIfMissing(endpoint.ApplicationServices, nameof(RequireMarble));
            if (endpoint.Metadata.OfType<AnyCallerMetadata>().Any())
            {
                throw Contradict(endpoint);
            }
        });
        return builder.RequireAuthorization(policy);
    }

    /// <summary>
    /// Allows callers without a Marble certificate to call this endpoint over TLS, while <c>Marble:RequireMarbleClients</c> keeps them from
    /// the rest of the app. A certificate that the caller shows must still be a Marble certificate. Paths match as the caller sent them:
    /// below a base of <c>UsePathBase()</c> the endpoint stays closed to these callers.
    /// </summary>
    /// <typeparam name="TBuilder">The kind of endpoint: minimal API, group, controller, gRPC service.</typeparam>
    /// <param name="builder">The endpoint. It must not have <see cref="RequireMarble"/>, nor be in a group that has.</param>
    /// <returns>
    /// The same builder. The app does not start if <c>AddMarble()</c> was not called, or if the endpoint has <see cref="RequireMarble"/>
    /// too.
    /// </returns>
    public static TBuilder AllowAnyCaller<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => Open(builder, new AnyCallerMetadata(Plaintext: false), nameof(AllowAnyCaller));

    /// <summary>
    /// Allows callers without TLS to call this endpoint, while <c>Marble:AllowPlaintext</c> keeps them from the rest of the app. It also
    /// allows callers without a Marble certificate, as <see cref="AllowAnyCaller"/> does. Requests and responses can be read and altered on
    /// the way.
    /// </summary>
    /// <typeparam name="TBuilder">The kind of endpoint: minimal API, group, controller, gRPC service.</typeparam>
    /// <param name="builder">The endpoint. It must not have <see cref="RequireMarble"/>, nor be in a group that has.</param>
    /// <returns>
    /// The same builder. The app does not start if <c>AddMarble()</c> was not called, or if the endpoint has <see cref="RequireMarble"/>
    /// too.
    /// </returns>
    public static TBuilder AllowPlaintext<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => Open(builder, new AnyCallerMetadata(Plaintext: true), nameof(AllowPlaintext));

    private static TBuilder Open<TBuilder>(TBuilder builder, AnyCallerMetadata metadata, string method)
        where TBuilder : IEndpointConventionBuilder
    {
        builder.Add(endpoint =>
        {
            MarbleServices.ThrowIfMissing(endpoint.ApplicationServices, method);
            if (endpoint.Metadata.OfType<AuthorizationPolicy>().Any(p => p.Requirements.OfType<MarbleTypeRequirement>().Any()))
            {
                throw Contradict(endpoint);
            }

            endpoint.Metadata.Add(metadata);
        });
        return builder;
    }

    /// <summary>
    /// The two rules contradict each other. Applying either one would be a guess: a wrong guess opens the endpoint, or closes it to its
    /// intended callers.
    /// </summary>
    private static InvalidOperationException Contradict(EndpointBuilder endpoint) => new(
        $"The endpoint '{endpoint.DisplayName}' has RequireMarble() and also AllowAnyCaller() or AllowPlaintext(). "
        + "Remove one of them, or move the endpoint out of the group that adds it.");
}
