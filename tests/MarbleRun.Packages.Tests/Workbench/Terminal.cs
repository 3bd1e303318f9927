using System.Text.RegularExpressions;

namespace MarbleRun.Packages.Tests.Workbench;

/// <summary>A folder and an environment in which bash runs commands.</summary>
internal sealed record Terminal(string Folder, IReadOnlyDictionary<string, string> Environment)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(10);

    public string PathOf(string name) => Path.Combine(Folder, name);

    public Terminal In(string folder) => this with { Folder = Path.Combine(Folder, folder) };

    public Terminal With(string variable, string value) =>
        this with { Environment = new Dictionary<string, string>(Environment) { [variable] = value } };

    /// <summary>A command that stays in the foreground.</summary>
    public Job Start(string commands) => Job.Start(this, commands);

    /// <summary>Runs commands to their end, which must be a good one.</summary>
    /// <returns>What they printed.</returns>
    public async Task<string> RunAsync(string commands, CancellationToken cancellationToken)
    {
        (int exitCode, string output) = await TryRunAsync(commands, cancellationToken);
        Assert.True(exitCode == 0, $"{commands}\nended with {exitCode}:\n{output}");
        return output;
    }

    public async Task<(int ExitCode, string Output)> TryRunAsync(string commands, CancellationToken cancellationToken)
    {
        await using Job job = Start(commands);
        return (await job.EndAsync(s_patience, cancellationToken), job.Output);
    }

    /// <summary>Builds without a warning, and without the servers that a build leaves behind.</summary>
    public async Task<string> BuildAsync(string project, CancellationToken cancellationToken)
    {
        string output = await RunAsync($"dotnet build '{project}' -warnaserror --disable-build-servers", cancellationToken);
        Assert.Matches(new Regex(@"^ +0 Warning\(s\)$", RegexOptions.Multiline), output);
        return output;
    }
}
