namespace MarbleRun.Coordinator.Identities;

/// <summary>The list of identities.</summary>
internal static class IdentitiesRegistration
{
    public static IServiceCollection AddIdentities(this IServiceCollection services) =>
        services.AddSingleton(sp => new MarbleRegistry(sp.GetRequiredService<TimeProvider>()));
}
