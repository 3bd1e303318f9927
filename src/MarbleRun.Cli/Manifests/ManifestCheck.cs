using System.Collections.Immutable;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Checks;

namespace MarbleRun.Cli.Manifests;

/// <summary><c>marblerun manifest check</c>.</summary>
internal static class ManifestCheck
{
    public static async Task<int> RunAsync(string path, TextWriter output, CancellationToken cancellationToken)
    {
        byte[] content = await InputFile.ReadAsync(path, "manifest", cancellationToken);
        ImmutableArray<ManifestProblem> problems = Judge(path, content);
        foreach (ManifestProblem problem in problems)
        {
            await output.WriteLineAsync(ProblemText.Of(path, problem));
        }

        int errors = problems.Count(problem => problem.Severity == ManifestSeverity.Error);
        await output.WriteLineAsync($"{path}: {Count(errors, "error")}, {Count(problems.Length - errors, "warning")}");
        return errors == 0 ? ExitCodes.Ok : ExitCodes.Failed;
    }

    private static ImmutableArray<ManifestProblem> Judge(string path, byte[] content)
    {
        if (ManifestInput.IsJson(path, content))
        {
            return ManifestChecker.Check(content).Problems;
        }

        try
        {
            var yaml = YamlManifest.Read(content);
            return [.. ManifestChecker.Check(yaml.Json).Problems.Select(yaml.Locate)];
        }
        catch (YamlFaultException fault)
        {
            return [fault.ToProblem()];
        }
    }

    private static string Count(int number, string what) => number switch
    {
        0 => $"no {what}s",
        1 => $"1 {what}",
        _ => $"{number} {what}s",
    };
}
