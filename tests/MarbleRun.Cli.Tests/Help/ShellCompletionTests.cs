using System.Diagnostics;
using MarbleRun.TestSupport;

namespace MarbleRun.Cli.Tests.Help;

/// <summary>The scripts for zsh, fish and PowerShell, in the real shells, with the real program.</summary>
public sealed class ShellCompletionTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    /// <summary>An interactive zsh in a terminal of its own: Tab completes, and a key of the test shows the line.</summary>
    [Theory]
    [InlineData("marblerun stat", "marblerun status ")]
    [InlineData("marblerun manifest up", "marblerun manifest update ")]
    [InlineData("true; marblerun manifest update ack", "true; marblerun manifest update acknowledge ")]
    [InlineData("marblerun status localhost:4433 --format js", "marblerun status localhost:4433 --format json ")]
    public async Task Zsh_Tab_CompletesTheLine(string line, string expected)
    {
        string zsh = Find("zsh");
        string output = await RunAsync(zsh, "-f", """
            zmodload zsh/zpty
            zpty shell zsh -f -i
            zpty -w shell 'PS1=; autoload -Uz compinit; compinit -u -D; source <(marblerun completion zsh)'
            zpty -w shell 'show() { print -r -- "SHOWN[$BUFFER]" }; zle -N show; bindkey "^X^X" show; print REA""DY'
            zpty -r shell text '*READY*'
            zpty -w -n shell "$LINE"$'\t\x18\x18'
            zpty -r shell text '*SHOWN\[*\]*'
            print -r -- "$text"
            """, line);

        Assert.Contains($"SHOWN[{expected}]", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("marblerun stat", "status")]
    [InlineData("marblerun manifest up", "update")]
    [InlineData("marblerun secret ", "get set")]
    [InlineData("marblerun status localhost:4433 --format ", "json text yaml")]
    public async Task Fish_WordsOfTheCommandLine_AreCompleted(string line, string expected)
    {
        string fish = Find("fish");

        string output = await RunAsync(fish, "--no-config", "marblerun completion fish | source\ncomplete -C $LINE\n", line);

        AssertWords(expected, output);
    }

    [Theory]
    [InlineData("marblerun stat", "status")]
    [InlineData("marblerun manifest up", "update")]
    [InlineData("marblerun secret ", "get set")]
    [InlineData("marblerun status localhost:4433 --format ", "json text yaml")]
    public async Task PowerShell_WordsOfTheCommandLine_AreCompleted(string line, string expected)
    {
        string powerShell = Find("pwsh");

        string output = await RunAsync(powerShell, "-NoProfile", """
            marblerun completion powershell | Out-String | Invoke-Expression
            (TabExpansion2 $env:LINE $env:LINE.Length).CompletionMatches | ForEach-Object { $_.CompletionText }
            """, line);

        AssertWords(expected, output);
    }

    /// <summary>Options are offered, too, where they are possible.</summary>
    private static void AssertWords(string expected, string output) => Assert.Equal(
        expected,
        string.Join(' ', output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(word => word.Split('\t')[0].TrimEnd('\r'))
            .Where(word => word[0] is not ('-' or '/'))
            .Order(StringComparer.Ordinal)));

    private static string Find(string shell)
    {
        string? found = Environment.GetEnvironmentVariable("PATH")!.Split(Path.PathSeparator)
            .Append(Path.Combine(RepositoryFiles.Root, "artifacts", "pwsh"))
            .Select(folder => Path.Combine(folder, shell))
            .FirstOrDefault(File.Exists);
        Assert.SkipWhen(found is null, $"{shell} is not installed; .ci/tools installs it.");
        return found!;
    }

    private async Task<string> RunAsync(string shell, string option, string script, string line)
    {
        string program = _folder.File("marblerun");
        await File.WriteAllTextAsync(
            program, $"#!/bin/sh\nexec dotnet '{Path.Combine(AppContext.BaseDirectory, "marblerun.dll")}' \"$@\"\n");
        if (!OperatingSystem.IsWindows())
        {
            File.SetUnixFileMode(program, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }

        string file = _folder.File("test.ps1");
        await File.WriteAllTextAsync(file, script, TestContext.Current.CancellationToken);
        var start = new ProcessStartInfo("timeout", ["120", shell, option, file])
        {
            // Shells offer files, too; this folder has none.
            WorkingDirectory = Directory.CreateDirectory(_folder.File("empty")).FullName,
            RedirectStandardOutput = true,
        };
        start.Environment["PATH"] = $"{_folder.Path}:{Environment.GetEnvironmentVariable("PATH")}";
        start.Environment["HOME"] = _folder.Path;
        start.Environment["LINE"] = line;
        using Process process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, $"{shell} ended with {process.ExitCode}: {output}");
        return output;
    }
}
