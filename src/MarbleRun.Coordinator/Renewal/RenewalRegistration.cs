using MarbleRun.Coordinator.Http;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Renewal;

/// <summary>The renewal of certificates, and the trust that Marbles watch.</summary>
internal static class RenewalRegistration
{
    /// <summary>
    /// How many are served at the same time. Few of them use a processor, which the gate of verifications bounds; the others wait for a
    /// source of collateral, which a hostile Marble can make slow.
    /// </summary>
    private const int AtOnce = 32;

    /// <summary>How many renewals may wait; the others come again.</summary>
    private const int Places = 256;

    public static IServiceCollection AddRenewal(this IServiceCollection services)
    {
        services.AddSingleton(new RenewalQueue(AtOnce, Places));
        services.AddSingleton(sp => new RenewalPace(
            sp.GetRequiredService<IOptions<CoordinatorOptions>>().Value.Authority.RenewableCertificateLifetime));
        services.AddSingleton<RenewalChallenge>();
        services.AddSingleton<RenewalMetrics>();
        services.AddSingleton<RenewalService>();
        services.AddSingleton<TrustFeed>();
        services.AddSingleton<TrustWatch>();
        services.AddSingleton<IApiEndpoints, TrustEndpoints>();
        return services;
    }
}
