
namespace MarbleRun.Coordinator.Authority;

/// <summary>The certificate authority of the mesh.</summary>
internal static class AuthorityRegistration
{
    public static IServiceCollection AddAuthority(this IServiceCollection services)
    {
        services.AddSingleton<MarbleIssuer>();
        return services;
    }
}
