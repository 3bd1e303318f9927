namespace MarbleRun.Coordinator;

/// <summary>Internal, because this assembly is also a library: programs that reference it have their own Program.</summary>
internal static class Program
{
    private static Task<int> Main(string[] args) => Hosting.CoordinatorApplication.RunAsync(args);
}
