using MarbleRun.Attestation;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Packages.Tests.Workbench;
using MarbleRun.TestSupport;

namespace MarbleRun.Packages.Tests.Guides;

/// <summary>
/// The command line is installed from its package, and does what its README says with a manifest, evidence and an audit trail.
/// </summary>
public sealed class CommandLineReadmeTests(PackageFeed feed) : IAsyncLifetime
{
    private const string Readme = "nuget/MarbleRun.Cli/README.md";

    private readonly TemporaryDirectory _coordinator = new();

    private Terminal _folder = null!;

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        Terminal folder = feed.NewHome("command-line");
        _folder = folder.With("PATH", $"{folder.Environment["HOME"]}/.dotnet/tools:{folder.Environment["PATH"]}");
        File.Copy(Path.Combine(RepositoryFiles.Root, "samples", "manifests", "minimal.json"), _folder.PathOf("manifest.json"));
        var platform = SimulationPlatform.Open(feed.Simulation);
        Quote quote = await platform.CreateIssuer(platform.MeasureRunningProcess()).IssueAsync(default, Cancellation);
        await File.WriteAllBytesAsync(_folder.PathOf("quote.bin"), quote.RawData, Cancellation);
        await File.WriteAllBytesAsync(_folder.PathOf("collateral"), platform.CreateCollateral().ToJson(), Cancellation);
        await File.WriteAllTextAsync(_folder.PathOf("root.pem"), platform.TrustAnchor.ToPem(), Cancellation);

        // Its trail has a record of the manifest that was set.
        await using CoordinatorHost host = await CoordinatorHost.StartAsync(
            _coordinator, settings: [("AuditDirectory", _folder.PathOf("audit")), ("StartupManifest", _folder.PathOf("manifest.json"))]);
    }

    public ValueTask DisposeAsync()
    {
        _coordinator.Dispose();
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Use_AfterTheInstallation_WorksAsWritten()
    {
        await _folder.RunAsync(Guide.Commands(Readme, "install"), Cancellation);
        string[] commands = Guide.Commands(Readme, "use").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(4, commands.Length);

        string check = await _folder.RunAsync(commands[0], Cancellation);
        string show = await _folder.RunAsync(commands[1], Cancellation);
        (int exitCode, string verdict) = await _folder.TryRunAsync(commands[2], Cancellation);
        string trusted = await _folder.RunAsync(WithOption(commands[2], "--trusted-root root.pem"), Cancellation);
        string audit = await _folder.RunAsync(commands[3], Cancellation);

        Assert.Equal("manifest.json: no errors, no warnings\n", check);
        Assert.Contains("\"kind\": \"sgx\"", show, StringComparison.Ordinal);
        Assert.Equal(3, exitCode);
        Assert.Contains("chain.root", verdict, StringComparison.Ordinal);
        Assert.NotEqual(verdict, trusted);
        Assert.Contains("intact", audit, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>Before the comment.</summary>
    private static string WithOption(string command, string option) =>
        command.Insert(command.IndexOf('#', StringComparison.Ordinal), option + " ");
}
