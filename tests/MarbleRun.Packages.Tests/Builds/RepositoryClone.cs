using MarbleRun.Packages.Tests.Workbench;
using MarbleRun.TestSupport;

namespace MarbleRun.Packages.Tests.Builds;

/// <summary>The repository's last commit in another folder.</summary>
internal sealed record RepositoryClone(Terminal Terminal)
{
    public string Feed => Terminal.PathOf("artifacts/feed");

    /// <summary>Clones it; what this clone calls its origin is what the repository does, as the packages name it.</summary>
    public static async Task<RepositoryClone> MakeAsync(Terminal terminal, CancellationToken cancellationToken)
    {
        // bash complains of a language that is not installed.
        Terminal git = terminal.With("LC_ALL", "C");
        await git.RunAsync($"git clone --quiet --no-hardlinks '{RepositoryFiles.Root}' '{terminal.Folder}'", cancellationToken);
        (int exitCode, string url) = await git.In(RepositoryFiles.Root).TryRunAsync("git remote get-url origin", cancellationToken);
        await git.RunAsync(exitCode == 0 ? $"git remote set-url origin '{url.Trim()}'" : "git remote remove origin", cancellationToken);
        return new(terminal);
    }

    public Task PackAsync(CancellationToken cancellationToken) => Terminal.RunAsync("nuget/local-feed", cancellationToken);
}
