using System.Diagnostics;
using MarbleRun.TestSupport;

namespace MarbleRun.Cli.Tests.Help;

/// <summary>The script for bash, in a real bash, with the real program.</summary>
public sealed class CompletionTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("marblerun stat", "status")]
    [InlineData("marblerun secret ", "get set")]
    [InlineData("marblerun status localhost:4433 --form", "--format")]
    [InlineData("marblerun status localhost:4433 --format ", "json text yaml")]
    public async Task Bash_WordsOfTheCommandLine_AreCompleted(string line, string expected)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There is no bash.");
        string script = $$"""
            marblerun() { dotnet '{{Path.Combine(AppContext.BaseDirectory, "marblerun.dll")}}' "$@"; }
            source <(marblerun completion bash)
            COMP_LINE='{{line}}'
            COMP_POINT=${#COMP_LINE}
            read -ra COMP_WORDS <<< "$COMP_LINE"
            [[ "$COMP_LINE" == *' ' ]] && COMP_WORDS+=('')
            COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))
            _marblerun
            printf '%s\n' "${COMPREPLY[@]}" | grep -v -e '^-[^-]' -e '^/' | LC_ALL=C sort
            """;
        string file = _folder.File("test.bash");
        await File.WriteAllTextAsync(file, script, TestContext.Current.CancellationToken);
        using var bash = Process.Start(new ProcessStartInfo("bash", [file]) { RedirectStandardOutput = true })!;

        string output = await bash.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);

        string[] found = output.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(expected, string.Join(' ', found.Where(w => expected.StartsWith('-') || !w.StartsWith('-'))));
    }

    [Theory]
    [InlineData("bash", "complete -o default -F _marblerun marblerun")]
    [InlineData("zsh", "compdef _marblerun marblerun")]
    [InlineData("fish", "complete -c marblerun")]
    [InlineData("powershell", "Register-ArgumentCompleter -Native -CommandName marblerun")]
    public async Task Completion_OfEachShell_IsAScript(string shell, string line)
    {
        Transcript script = await Transcript.RunAsync("completion", shell);

        Assert.Equal(0, script.ExitCode);
        Assert.Contains(line, script.Output, StringComparison.Ordinal);
        Assert.DoesNotContain('\r', script.Output);
    }
}
