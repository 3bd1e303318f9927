using System.Diagnostics;
using System.Text.RegularExpressions;
using MarbleRun.TestSupport;

namespace MarbleRun.Cli.Tests.EndToEnd;

/// <summary>The operator's guide does what it says: its commands are run unchanged, by the shell, with marblerun and openssl.</summary>
public sealed partial class GovernanceGuideTests
{
    private const UnixFileMode Executable = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Security", "F8")]
    public async Task Guide_FromTheFirstManifestToARecovery_WorksAsWritten()
    {
        Assert.SkipUnless(File.Exists("/bin/bash") && File.Exists("/usr/bin/openssl"), "The guide's commands need openssl and a shell.");
        Dictionary<string, string> parts = await ReadPartsAsync();
        await using var machine = new WalkMachine();
        WriteCommand(machine);
        await machine.StartAsync();

        string output = await RunAsync(
            machine, parts["people"], parts["manifest"], parts["update"], parts["acknowledge"], parts["package"]);
        Assert.Contains("Recovery data saved to: recovery.json", output, StringComparison.Ordinal);
        Assert.Contains("SecurityVersion 2 becomes 3", output, StringComparison.Ordinal);
        Assert.Contains("1 user still needs to acknowledge the update manifest.", output, StringComparison.Ordinal);
        Assert.Contains("[bob]", output, StringComparison.Ordinal);
        Assert.Contains("All users have acknowledged", output, StringComparison.Ordinal);
        Assert.Contains("\"new version\":4", output, StringComparison.Ordinal);

        await machine.StopAsync();
        machine.LoseKey();
        await machine.StartAsync();
        output = await RunAsync(machine, parts["recover"]);
        Assert.Contains("Recovery successful.", output, StringComparison.Ordinal);
        Assert.Contains("3: Coordinator is running correctly", output, StringComparison.Ordinal);
    }

    private static async Task<Dictionary<string, string>> ReadPartsAsync() =>
        Block().Matches(
            await File.ReadAllTextAsync(Path.Combine(RepositoryFiles.Root, "docs", "operations", "governance.md"), Cancellation))
            .ToDictionary(m => m.Groups["name"].Value, m => m.Groups["commands"].Value);

    /// <summary>The program <c>marblerun</c>; the two commands that verify the quote get <c>--simulation</c>, as the page says.</summary>
    private static void WriteCommand(WalkMachine machine)
    {
        string path = Path.Combine(Directory.CreateDirectory(machine.PathOf("bin")).FullName, "marblerun");
        File.WriteAllText(path, $$"""
            #!/bin/bash
            case "$1 $2" in
                "manifest set" | recover\ *) set -- "$@" --simulation ;;
            esac
            exec dotnet '{{typeof(CommandLine).Assembly.Location}}' "$@"

            """);
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(path, Executable);
        }
    }

    private static async Task<string> RunAsync(WalkMachine machine, params string[] parts)
    {
        using Process process = machine.Start(
            "/bin/bash",
            "-euo",
            "pipefail",
            "-c",
            $"PATH=\"$PWD/bin:$PATH\"\nCOORDINATOR={machine.Address}\n{string.Join('\n', parts)}");
        process.StandardInput.Close();
        Task<string> errors = process.StandardError.ReadToEndAsync(Cancellation);
        string output = await process.StandardOutput.ReadToEndAsync(Cancellation);
        await process.WaitForExitAsync(Cancellation);
        Assert.True(process.ExitCode == 0, $"{process.ExitCode}: {output}{await errors}");
        return output;
    }

    [GeneratedRegex(@"```sh\n# part: (?<name>\w+)\n(?<commands>.*?)```", RegexOptions.Singleline)]
    private static partial Regex Block();
}
