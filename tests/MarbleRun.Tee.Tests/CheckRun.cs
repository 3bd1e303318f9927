using System.Text.RegularExpressions;
using MarbleRun.TestSupport;

namespace MarbleRun.Tee.Tests;

/// <summary>
/// What a script of this project printed: a line for each check, "ok NAME" or "not ok NAME: reason". All of it is kept in
/// <c>artifacts/tee</c>.
/// </summary>
internal sealed partial class CheckRun
{
    /// <summary>A script's exit code when the machine has not what it needs.</summary>
    private const int Missing = 3;

    private readonly Dictionary<string, string?> _checks = [];
    private readonly string? _skipReason;

    private CheckRun(string output, string? skipReason)
    {
        Output = output;
        _skipReason = skipReason;
        foreach (Match line in Line().Matches(output))
        {
            // A name that comes twice is a fault of the script: then neither result counts.
            string name = line.Groups["name"].Value;
            _checks[name] = _checks.ContainsKey(name)
                ? "the check was reported twice"
                : line.Groups["not"].Success ? line.Groups["reason"].Value : null;
        }
    }

    public string Output { get; }

    public IEnumerable<string> Names => _checks.Keys;

    public static CheckRun Skipped(string reason) => new(string.Empty, "skipped: " + reason);

    public static async Task<CheckRun> RunAsync(string script, IEnumerable<string> arguments, TimeSpan limit, string? name = null)
    {
        string path = Path.Combine(RepositoryFiles.Root, "tests", "MarbleRun.Tee.Tests", script);
        if (!OperatingSystem.IsLinux())
        {
            return Skipped("the interfaces of Linux are needed.");
        }

        // timeout(1) ends the virtual machine too.
        (int ExitCode, string Output)? result = await ExternalTool.TryRunAsync(
            "timeout", ["--kill-after=5", $"{limit.TotalSeconds:F0}", path, .. arguments], CancellationToken.None);
        if (result is null)
        {
            return Skipped("the program timeout is not installed.");
        }

        (int exitCode, string output) = result.Value;
        string text = output.ReplaceLineEndings("\n");
        string logs = Path.Combine(RepositoryFiles.Root, "artifacts", "tee");
        Directory.CreateDirectory(logs);
        await File.WriteAllTextAsync(Path.Combine(logs, script.Replace('/', '-') + (name is null ? "" : "-" + name) + ".log"), text);
        return new CheckRun(text, exitCode == Missing ? "skipped: " + text.Trim().Split('\n')[^1] : null);
    }

    /// <summary>Fails unless the check was reported, once, and holds.</summary>
    public void AssertHolds(string name)
    {
        SkipIfMissing();
        Assert.True(_checks.TryGetValue(name, out string? reason), $"The check '{name}' was not reported.\n{Output}");
        Assert.True(reason is null, $"{name}: {reason}\n{Output}");
    }

    public void AssertReported(IEnumerable<string> names)
    {
        SkipIfMissing();
        Assert.Equal(names, Names);
    }

    public void SkipIfMissing() => Assert.SkipWhen(_skipReason is not null, _skipReason ?? "");

    [GeneratedRegex(@"^(?<not>not )?ok (?<name>[^:\n]+: [^:\n]+?)(: (?<reason>.*))?$", RegexOptions.Multiline)]
    private static partial Regex Line();
}
