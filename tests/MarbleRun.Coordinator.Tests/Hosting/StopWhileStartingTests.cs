using System.Diagnostics;
using System.Text;
using MarbleRun.Coordinator.Hosting;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MarbleRun.Coordinator.Tests.Hosting;

/// <summary>A signal that comes before the Coordinator listens ends it as one that comes later.</summary>
public sealed class StopWhileStartingTests : IDisposable
{
    private readonly TemporaryDirectory _directory = new();

    private string[] Arguments =>
    [
        "--simulation", "--seal-directory", _directory.File("seal"), "--mesh-address", "127.0.0.1:0", "--client-address", "127.0.0.1:0",
    ];

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Run_StopRequestedWhileServicesStart_ReturnsZeroAndSaysSo()
    {
        var logs = new RecordingLogs();

        int exitCode = await CoordinatorApplication.RunAsync(Arguments, builder =>
        {
            builder.Logging.AddProvider(logs);
            builder.Services.AddHostedService<StopsTheHost>();
        });

        Assert.Equal(0, exitCode);
        Assert.Contains(logs.Entries, e => e.Contains("asked to stop while it was starting", StringComparison.Ordinal));
        Assert.DoesNotContain(logs.Entries, e => e.Contains("Unhandled", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("TERM")]
    [InlineData("INT")]
    public async Task Signal_WhileTheProgramStarts_EndsItWithoutAnException(string signal)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Signals are sent by kill.");
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "MarbleRun.Coordinator.dll"), .. Arguments])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            Environment = { ["MARBLERUN_SIMULATION_DIR"] = _directory.File("simulation") },
        };
        using Process process = Process.Start(start)!;
        Task<string> errors = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        var output = new StringBuilder();
        while (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            output.AppendLine(line);
            if (line.Contains("SHA-256 of its root certificate", StringComparison.Ordinal))
            {
                await ExternalTool.TryRunAsync("kill", [$"-{signal}", $"{process.Id}"], TestContext.Current.CancellationToken);
            }
        }

        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, $"exit code {process.ExitCode}\n{output}{await errors}");
        Assert.DoesNotContain("Unhandled", $"{output}{await errors}", StringComparison.Ordinal);
    }

    private sealed class StopsTheHost(IHostApplicationLifetime lifetime) : IHostedLifecycleService
    {
        public Task StartingAsync(CancellationToken cancellationToken)
        {
            lifetime.StopApplication();
            return Task.CompletedTask;
        }

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
