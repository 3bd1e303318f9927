using MarbleRun.Coordinator.Http;

namespace MarbleRun.Coordinator.Renewal;

/// <summary>The renewal of certificates, and the trust that Marbles watch.</summary>
internal static class RenewalRegistration
{
    /// <summary>How many renewals may wait; the others come again.</summary>
    private const int Places = 256;

    public static IServiceCollection AddRenewal(this IServiceCollection services)
    {
        services.AddSingleton(new RenewalQueue(Math.Max(2, Environment.ProcessorCount), Places));
        services.AddSingleton<RenewalChallenge>();
        services.AddSingleton<RenewalMetrics>();
        services.AddSingleton<RenewalService>();
        services.AddSingleton<TrustFeed>();
        services.AddSingleton<TrustWatch>();
        services.AddSingleton<IApiEndpoints, TrustEndpoints>();
        return services;
    }
}
