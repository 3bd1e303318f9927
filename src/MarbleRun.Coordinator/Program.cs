namespace MarbleRun.Coordinator;

/// <summary>Internal, since this assembly is a library, too: programs that reference it have a Program of their own.</summary>
internal static class Program
{
    private static Task<int> Main(string[] args) => Hosting.CoordinatorApplication.RunAsync(args);
}
