using System.CommandLine;
using MarbleRun.Cli;

namespace MarbleRun.Cli.Tests;

/// <summary>One run of the command line: what it wrote, and how it ended.</summary>
internal sealed record Transcript(int ExitCode, string Output, string Error)
{
    public static async Task<Transcript> RunAsync(params string[] args)
    {
        using var output = new StringWriter { NewLine = "\n" };
        using var error = new StringWriter { NewLine = "\n" };
        int exitCode = await CommandLine.RunAsync(
            args, new InvocationConfiguration { Output = output, Error = error, EnableDefaultExceptionHandler = false });
        return new Transcript(exitCode, output.ToString(), error.ToString());
    }
}
