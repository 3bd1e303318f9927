using MarbleRun.Coordinator.Http;

namespace MarbleRun.Coordinator.Revocation;

/// <summary>Revocations, the list of identities and the certificate revocation list.</summary>
internal static class RevocationRegistration
{
    public static IServiceCollection AddRevocation(this IServiceCollection services)
    {
        services.AddSingleton<RevocationService>();
        services.AddSingleton<IApiEndpoints, RevocationEndpoints>();
        services.AddSingleton<RevocationListService>();
        services.AddHostedService<RevokedCertificateRecorder>();
        services.AddSingleton<IApiEndpoints, MarbleListEndpoint>();
        services.AddSingleton<IApiEndpoints, RevocationListEndpoint>();
        return services;
    }
}
