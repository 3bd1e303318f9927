using MarbleRun.Packages.Tests.Guides;
using MarbleRun.TestSupport;

namespace MarbleRun.Packages.Tests.Workbench;

/// <summary>
/// The feed that this repository makes, and a newcomer who knows nothing else: an empty home, an empty package cache. Made once for all
/// tests.
/// </summary>
public sealed class PackageFeed : IAsyncLifetime
{
    private const string GettingStarted = "docs/getting-started.md";

    private readonly TemporaryDirectory _folder = new();

    /// <summary>All files of the feed.</summary>
    internal static string Path { get; } = System.IO.Path.Combine(RepositoryFiles.Root, "artifacts", "feed");

    /// <summary>Where public packages come from.</summary>
    internal static string[] PublicSources => PackageSources.Read(Assets);

    /// <summary>Where the newcomer's simulation has its root.</summary>
    internal string Simulation => Newcomer.Environment["MARBLERUN_SIMULATION_DIR"];

    internal Terminal Newcomer { get; private set; } = null!;

    /// <summary>Somebody who has built here before.</summary>
    internal Terminal User { get; private set; } = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        User = new Terminal(_folder.Path, CommandEnvironment.OfTheUser(_folder.Path, PackageSources.ReadCache(Assets)));
        Newcomer = new Terminal(_folder.Path, CommandEnvironment.OfANewcomer(_folder.Path));
        Directory.CreateDirectory(Newcomer.Environment["TMPDIR"]);
        WritePackageSources(User, PackageSources.ToConfiguration(PublicSources));
        WritePackageSources(Newcomer, PackageSources.ToConfiguration(PublicSources));

        // The packages are made by the owner of the repository, and used by the newcomer.
        string[] commands = Guide.Commands(GettingStarted, "feed").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(2, commands.Length);
        await User.In(RepositoryFiles.Root).RunAsync(commands[0], Cancellation);
        await Newcomer.In(RepositoryFiles.Root).RunAsync(commands[1], Cancellation);
        await Newcomer.RunAsync("dotnet new install MarbleRun.Templates", Cancellation);
    }

    public ValueTask DisposeAsync()
    {
        _folder.Dispose();
        return ValueTask.CompletedTask;
    }

    /// <summary>An empty folder for one test, away from the home.</summary>
    internal Terminal NewFolder(string name)
    {
        Terminal terminal = Newcomer.In(name);
        Directory.CreateDirectory(terminal.Folder);
        return terminal;
    }

    /// <summary>An empty folder for one test, and a home where no templates and no tools are installed yet.</summary>
    internal Terminal NewHome(string name)
    {
        string home = System.IO.Path.Combine(_folder.Path, $"home-of-{name}");
        Terminal terminal = NewFolder(name).With("HOME", home).With("DOTNET_CLI_HOME", home);
        WritePackageSources(terminal, File.ReadAllText(ConfigurationOf(Newcomer)));
        return terminal;
    }

    /// <summary>What the restore of this project wrote.</summary>
    private static string Assets =>
        File.ReadAllText(
            System.IO.Path.Combine(RepositoryFiles.Root, "artifacts", "obj", "MarbleRun.Packages.Tests", "project.assets.json"));

    private static void WritePackageSources(Terminal terminal, string configuration)
    {
        string file = ConfigurationOf(terminal);
        Directory.CreateDirectory(System.IO.Path.GetDirectoryName(file)!);
        File.WriteAllText(file, configuration);
    }

    private static string ConfigurationOf(Terminal terminal) =>
        System.IO.Path.Combine(terminal.Environment["DOTNET_CLI_HOME"], ".nuget", "NuGet", "NuGet.Config");
}
