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
    /// Lets callers without a Marble's certificate call this endpoint, over TLS, while <c>Marble:RequireMarbleClients</c> keeps them from all else of the app. A certificate
    /// that is shown must still be a Marble's. Paths match as the caller sent them: below a base of <c>UsePathBase()</c> the endpoint stays closed to them.
    /// </summary>
    /// <typeparam name="TBuilder">The kind of endpoint: minimal API, group, controller, gRPC service.</typeparam>
    /// <param name="builder">The endpoint. It must not have <see cref="RequireMarble"/>, nor be in a group that has.</param>
    /// <returns>The same builder. The app does not start if <c>AddMarble()</c> was not called, or if the endpoint has <see cref="RequireMarble"/> too.</returns>
    public static TBuilder AllowAnyCaller<TBuilder>(this TBuilder builder)
        where TBuilder : IEndpointConventionBuilder => Open(builder, new AnyCallerMetadata(Plaintext: false), nameof(AllowAnyCaller));

    /// <summary>
    /// Lets callers without TLS call this endpoint, while <c>Marble:AllowPlaintext</c> keeps them from all else of the app, and with it those without a Marble's certificate,
    /// as <see cref="AllowAnyCaller"/> does. What is sent and answered can be read and altered on the way.
    /// </summary>
    /// <typeparam name="TBuilder">The kind of endpoint: minimal API, group, controller, gRPC service.</typeparam>
    /// <param name="builder">The endpoint. It must not have <see cref="RequireMarble"/>, nor be in a group that has.</param>
    /// <returns>The same builder. The app does not start if <c>AddMarble()</c> was not called, or if the endpoint has <see cref="RequireMarble"/> too.</returns>
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

    /// <summary>Which of the two counts would be a guess, and a wrong one opens the endpoint or keeps it from those that it is for.</summary>
    private static InvalidOperationException Contradict(EndpointBuilder endpoint) => new(
        $"The endpoint '{endpoint.DisplayName}' has RequireMarble() and also AllowAnyCaller() or AllowPlaintext(). Take one away, or out of the group that gives it.");
}
