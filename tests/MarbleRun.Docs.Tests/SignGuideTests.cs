using MarbleRun.Docs.Tests.Markdown;
using MarbleRun.TestSupport;
using MarbleRun.TestSupport.Markdown;

namespace MarbleRun.Docs.Tests;

/// <summary>
/// Signing a manifest as <c>nuget/MarbleRun.Cli/README.md</c> says, part <c>sign</c>, with the command line that was built.
/// </summary>
public sealed class SignGuideTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Sign_OfTheCommandLinesReadme_WorksAsWritten()
    {
        CodeBlock block = Documents.Blocks.Single(b => b.File == "nuget/MarbleRun.Cli/README.md" && b.Part == "sign");
        string sample = RepositoryFiles.SampleManifests.First(s => s.EndsWith(".yaml", StringComparison.Ordinal));
        File.Copy(sample, _directory.File("mesh.yaml"));
        string program =
            $"set -o pipefail\ncd '{_directory.Path}'\nmarblerun() {{ dotnet '{Path.Combine(AppContext.BaseDirectory, "marblerun.dll")}' "
            + $"\"$@\"; }}\n{block.Content}";

        (int exitCode, string output) = await ExternalTool.TryRunAsync(
            "/bin/bash", ["-euc", program], TestContext.Current.CancellationToken)
            ?? throw new InvalidOperationException("There is no shell.");

        Assert.True(exitCode == 0, output);
        Assert.Contains("Signed manifest ", output, StringComparison.Ordinal);
        Assert.Contains("Accepted: The owner signed the manifest ", output, StringComparison.Ordinal);
        Assert.DoesNotContain("warning:", output, StringComparison.Ordinal);
        Assert.Contains(
            "\"ManifestSignatures\":[{",
            await File.ReadAllTextAsync(_directory.File("mesh.request.json"), TestContext.Current.CancellationToken),
            StringComparison.Ordinal);
    }
}
