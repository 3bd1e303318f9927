namespace MarbleRun.Coordinator.Tee;

/// <summary>The trusted execution environment of the process: one for evidence and sealing keys.</summary>
internal static class TeeRegistration
{
    public static IServiceCollection AddTee(this IServiceCollection services) => services.AddSingleton<CoordinatorTee>();
}
