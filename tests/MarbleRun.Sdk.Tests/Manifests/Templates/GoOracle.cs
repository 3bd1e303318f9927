using System.Text.Json;
using MarbleRun.TestSupport;

namespace MarbleRun.Tests.Manifests.Templates;

/// <summary>Go's own text/template and encoding/json; tests that need them are skipped where Go is not installed.</summary>
internal static class GoOracle
{
    /// <summary>Runs templates; null stands for those that Go refuses or fails to execute.</summary>
    public static async Task<byte[]?[]> ExecuteAsync(IEnumerable<OracleCase> cases)
    {
        using var directory = new TemporaryDirectory();
        string file = Path.Combine(directory.Path, "cases.jsonl");
        await File.WriteAllLinesAsync(
            file, cases.Select(c => JsonSerializer.Serialize(new { c.Source, c.Env })), TestContext.Current.CancellationToken);
        string output = await RunAsync("templates.go", Path.Combine(OracleCase.Folder, "data.json"), file);
        return [.. output.Split('\n')[..^1].Select(line => line == "!" ? null : Convert.FromBase64String(line))];
    }

    public static async Task<string> RunAsync(string program, params string[] arguments)
    {
        (int ExitCode, string Output)? result =
            await ExternalTool.TryRunAsync(
                "go", ["run", Path.Combine(OracleCase.Folder, program), .. arguments], TestContext.Current.CancellationToken);
        Assert.SkipWhen(result is null, "Go is not installed; .ci/tools installs it.");
        Assert.True(result!.Value.ExitCode == 0, result.Value.Output);
        return result.Value.Output;
    }
}
