using System.CommandLine;

namespace MarbleRun.Cli;

internal static class Program
{
    private static Task<int> Main(string[] args) =>
        CommandLine.RunAsync(args, new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
