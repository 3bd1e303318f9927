using System.Diagnostics;
using System.Text.Json.Nodes;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Hosting;

/// <summary>The host chooses the environment, but no code of its own.</summary>
public sealed class StartupHookTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _directory.Dispose();

    [Fact]
    [Trait("Security", "G8")]
    public async Task Start_WithAStartupHookInTheEnvironment_DoesNotLoadIt()
    {
        await RunAsync(Path.Combine(AppContext.BaseDirectory, "MarbleRun.Coordinator.runtimeconfig.json"));

        Assert.False(File.Exists(_directory.File("hooked")));
    }

    [Fact]
    [Trait("Security", "G8")]
    public async Task Start_IfTheRuntimeWereNotToldToIgnoreHooks_WouldLoadIt()
    {
        JsonNode config = JsonNode.Parse(
            await File.ReadAllTextAsync(Path.Combine(AppContext.BaseDirectory, "MarbleRun.Coordinator.runtimeconfig.json"), Cancellation))!;
        Assert.True(config["runtimeOptions"]!["configProperties"]!.AsObject().Remove("System.StartupHookProvider.IsSupported"));
        await File.WriteAllTextAsync(_directory.File("open.runtimeconfig.json"), config.ToJsonString(), Cancellation);

        await RunAsync(_directory.File("open.runtimeconfig.json"));

        Assert.True(File.Exists(_directory.File("hooked")));
    }

    /// <summary>Starts a Coordinator that ends at once, because its command line is wrong.</summary>
    private async Task RunAsync(string runtimeConfig)
    {
        var start = new ProcessStartInfo("dotnet", [
            "exec",
            "--runtimeconfig",
            runtimeConfig,
            Path.Combine(AppContext.BaseDirectory, "MarbleRun.Coordinator.dll"),
            "--no-such-option",
        ])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment["DOTNET_STARTUP_HOOKS"] = typeof(StartupHook).Assembly.Location;
        start.Environment[StartupHook.Variable] = _directory.File("hooked");
        using Process process = Process.Start(start)!;
        string output = await process.StandardOutput.ReadToEndAsync(Cancellation);
        await process.WaitForExitAsync(Cancellation);
        Assert.Equal(1, process.ExitCode);
        Assert.Contains("no-such-option", output, StringComparison.Ordinal);
    }
}
