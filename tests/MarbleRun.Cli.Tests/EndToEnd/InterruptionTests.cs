using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using MarbleRun.TestSupport;

namespace MarbleRun.Cli.Tests.EndToEnd;

/// <summary>A command that waits for a server which never answers is ended by a signal.</summary>
public sealed class InterruptionTests : IDisposable
{
    private readonly TemporaryDirectory _folder = new();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Dispose();

    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    public async Task Status_OfASilentServer_EndsWithTheCodeOfTheSignal(string signal, int exitCode)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no signals.");

        Assert.Equal(exitCode, await EndAsync(signal, "status"));
    }

    /// <summary>A file of recovery data from an earlier run is not lost, and no half file stays.</summary>
    [Theory]
    [InlineData("INT", 130)]
    [InlineData("TERM", 143)]
    public async Task ManifestSet_BeforeTheManifestIsSent_LeavesTheEarlierFile(string signal, int exitCode)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "There are no signals.");
        await File.WriteAllTextAsync(_folder.File("recovery.json"), "earlier", Cancellation);
        await File.WriteAllTextAsync(_folder.File("manifest.json"), "{}", Cancellation);

        Assert.Equal(exitCode, await EndAsync(signal, "manifest", "set", "manifest.json", "--recoverydata", "recovery.json"));

        Assert.Equal("earlier", await File.ReadAllTextAsync(_folder.File("recovery.json"), Cancellation));
        Assert.Equal(
            ["manifest.json", "recovery.json"],
            Directory.GetFiles(_folder.Path).Select(f => Path.GetFileName(f)!).Order(StringComparer.Ordinal));
    }

    /// <summary>Runs a command of the address of the server, and ends it once it is connected.</summary>
    private async Task<int> EndAsync(string signal, params string[] command)
    {
        using var server = new TcpListener(IPAddress.Loopback, 0);
        server.Start();

        // A test run in the background ignores SIGINT, which its children would inherit.
        using Process process = Process.Start(new ProcessStartInfo(
            "env",
            [
                $"--default-signal={signal}", "dotnet", typeof(CommandLine).Assembly.Location, .. command, $"{server.LocalEndpoint}",
                "--insecure",
            ])
        {
            WorkingDirectory = _folder.Path,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
        Task<string> output = process.StandardOutput.ReadToEndAsync(Cancellation);
        Task<string> error = process.StandardError.ReadToEndAsync(Cancellation);
        using TcpClient connection = await server.AcceptTcpClientAsync(Cancellation);

        await ExternalTool.TryRunAsync("/bin/kill", [$"-{signal}", $"{process.Id}"], Cancellation);
        await process.WaitForExitAsync(Cancellation);

        Assert.Equal(string.Empty, await output);
        Assert.Equal("Error: The command was interrupted.", (await error).TrimEnd('\n').Split('\n')[^1]);
        Assert.DoesNotContain("   at ", await error, StringComparison.Ordinal);
        return process.ExitCode;
    }
}
