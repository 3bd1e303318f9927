using MarbleRun.Coordinator.Http;

namespace MarbleRun.Coordinator.Secrets;

/// <summary>The secrets of the mesh.</summary>
internal static class SecretsRegistration
{
    public static IServiceCollection AddSecrets(this IServiceCollection services)
    {
        services.AddSingleton<CertificateSecretIssuer>();
        services.AddSingleton<SecretResolver>();
        services.AddSingleton<SecretGenerator>();
        services.AddSingleton<SecretUpdate>();
        services.AddSingleton<SecretLimits>();
        services.AddSingleton<UnusedKeys>();
        services.AddSingleton<SecretService>();
        services.AddSingleton<IApiEndpoints, SecretEndpoints>();
        return services;
    }
}
