using System.Diagnostics;
using System.Text.Json;
using System.Text.RegularExpressions;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Manifests;

/// <summary>
/// The operator's guide does what it says: its commands are run unchanged, by the shell, with curl and openssl.
/// </summary>
public sealed partial class GovernanceGuideTests : CoordinatorTest
{
    [Fact]
    [Trait("Security", "F8")]
    public async Task Guide_FromTheFirstManifestToARecovery_WorksAsWritten()
    {
        Assert.SkipUnless(File.Exists("/usr/bin/curl") && File.Exists("/bin/bash"), "The guide's commands need curl and a shell.");
        Dictionary<string, string> parts = await ReadPartsAsync();
        await using (CoordinatorHost host = await StartAsync())
        {
            await SaveRootAsync(host, "root.pem");
            string output = await RunAsync(
                host, parts["people"], parts["manifest"], parts["update"], parts["acknowledge"], parts["package"]);
            Assert.Contains("\"detail\":\"SecurityVersion 2 becomes 3\"", output, StringComparison.Ordinal);
            Assert.Contains("\"missingAcknowledgments\":1,\"missingUsers\":[\"bob\"]", output, StringComparison.Ordinal);
            Assert.Contains("Update successfully applied", output, StringComparison.Ordinal);
            Assert.Contains("new version", output, StringComparison.Ordinal);
        }

        File.Delete(Folder.File("seal/sealed_key"));
        CoordinatorHost recovering = await StartAsync();
        await SaveRootAsync(recovering, "temporary.pem");
        Assert.Contains("Recovery successful.", await RunAsync(recovering, parts["recover"]), StringComparison.Ordinal);
        Assert.False(File.Exists(Folder.File("secret")));
    }

    private static async Task<Dictionary<string, string>> ReadPartsAsync() =>
        Block().Matches(
            await File.ReadAllTextAsync(Path.Combine(RepositoryFiles.Root, "docs", "operations", "governance.md"), Cancellation))
            .ToDictionary(m => m.Groups["name"].Value, m => m.Groups["commands"].Value);

    private async Task SaveRootAsync(CoordinatorHost host, string name)
    {
        using HttpClient client = host.CreateClient();
        using JsonDocument quote = JsonDocument.Parse(
            await client.GetStringAsync(new Uri("/api/v2/quote", UriKind.Relative), Cancellation));
        string chain = quote.RootElement.GetProperty("data").GetProperty("cert").GetString()!;
        await File.WriteAllTextAsync(
            Folder.File(name), chain[chain.LastIndexOf("-----BEGIN", StringComparison.Ordinal)..], Cancellation);
    }

    private async Task<string> RunAsync(CoordinatorHost host, params string[] parts)
    {
        var start = new ProcessStartInfo("/bin/bash", ["-euo", "pipefail", "-c", string.Join('\n', parts)])
        {
            WorkingDirectory = Folder.Path,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["COORDINATOR"] = $"{host.Client}";
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync(Cancellation);
        string output = await process.StandardOutput.ReadToEndAsync(Cancellation);
        await process.WaitForExitAsync(Cancellation);
        Assert.True(process.ExitCode == 0, $"{process.ExitCode}: {output}{await errors}");
        return output;
    }

    [GeneratedRegex(@"```sh\n# part: (?<name>\w+)\n(?<commands>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();
}
