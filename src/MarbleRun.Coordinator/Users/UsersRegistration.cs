namespace MarbleRun.Coordinator.Users;

/// <summary>The log-in of users.</summary>
internal static class UsersRegistration
{
    public static IServiceCollection AddUsers(this IServiceCollection services) => services.AddSingleton<UserLogin>();
}
