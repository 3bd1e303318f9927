/// <summary>
/// What a host could load into any .NET process by DOTNET_STARTUP_HOOKS; the name and the missing namespace are the runtime's demand.
/// </summary>
internal static class StartupHook
{
    public const string Variable = "MARBLERUN_TEST_HOOK";

    public static void Initialize()
    {
        if (Environment.GetEnvironmentVariable(Variable) is { } path)
        {
            File.WriteAllText(path, "loaded");
        }
    }
}
