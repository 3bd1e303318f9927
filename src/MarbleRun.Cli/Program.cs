using System.CommandLine;

namespace MarbleRun.Cli;

internal static class Program
{
    private static async Task<int> Main(string[] args)
    {
        using var interruption = new Interruption();
        return interruption.Apply(await CommandLine.RunAsync(args, new InvocationConfiguration(), interruption.Token));
    }
}
