using MarbleRun.Packages.Tests.Workbench;

namespace MarbleRun.Packages.Tests.Targets;

/// <summary>A Marble and a Coordinator in a folder whose name has blanks, built once without a fault.</summary>
public sealed class BlankFolder(PackageFeed feed) : IAsyncLifetime
{
    private readonly Dictionary<string, string> _files = [];

    internal Terminal Folder { get; } = feed.NewFolder("a folder/with blanks");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await Folder.RunAsync(
            "dotnet new marble --output 'My Orders'\ndotnet new marblerun-coordinator --output 'The Coordinator' --marble '../My Orders/My "
            + "Orders.csproj'",
            Cancellation);
        await Folder.BuildAsync("The Coordinator", Cancellation);
        foreach (string file in (string[])["The Coordinator/manifest.template.json", "The Coordinator/The Coordinator.csproj"])
        {
            _files[file] = await File.ReadAllTextAsync(Folder.PathOf(file), Cancellation);
        }
    }

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    /// <summary>Builds the Coordinator with one change of one file, which is undone by the next call.</summary>
    internal async Task<(int ExitCode, string Output)> BuildWithAsync(string file, string old, string replacement)
    {
        foreach ((string name, string content) in _files)
        {
            await File.WriteAllTextAsync(Folder.PathOf(name), content, Cancellation);
        }

        Assert.Contains(old, _files[file], StringComparison.Ordinal);
        await File.WriteAllTextAsync(Folder.PathOf(file), _files[file].Replace(old, replacement, StringComparison.Ordinal), Cancellation);
        return await Folder.TryRunAsync("dotnet build 'The Coordinator' --disable-build-servers", Cancellation);
    }
}
