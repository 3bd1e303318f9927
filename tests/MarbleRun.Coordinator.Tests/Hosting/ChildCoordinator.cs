using System.Diagnostics;
using System.Net;
using System.Text.RegularExpressions;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Hosting;

/// <summary>The real program in a process of its own, which can be killed.</summary>
internal sealed partial class ChildCoordinator : IDisposable
{
    private readonly Process _process;
    private readonly Task _reading;

    private ChildCoordinator(Process process, Task reading, IPEndPoint mesh, IPEndPoint client)
    {
        _process = process;
        _reading = reading;
        Mesh = mesh;
        Client = client;
    }

    public IPEndPoint Mesh { get; }

    public IPEndPoint Client { get; }

    public int ProcessId => _process.Id;

    /// <summary>Starts it and waits until it listens.</summary>
    /// <param name="directory">Holds <c>seal</c> and <c>simulation</c>; several starts continue each other.</param>
    /// <param name="environment">Variables besides.</param>
    public static async Task<ChildCoordinator> StartAsync(TemporaryDirectory directory, params (string Name, string Value)[] environment)
    {
        string program = Path.Combine(AppContext.BaseDirectory, "MarbleRun.Coordinator.dll");
        string[] arguments =
        [
            program,
            "--simulation",
            "--seal-directory",
            directory.File("seal"),
            "--mesh-address",
            "127.0.0.1:0",
            "--client-address",
            "127.0.0.1:0",
        ];
        var start = new ProcessStartInfo("dotnet", arguments)
        {
            RedirectStandardOutput = true,
            Environment = { ["MARBLERUN_SIMULATION_DIR"] = directory.File("simulation"), ["DOTNET_TieredPGO"] = "0" },
        };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        Process process = Process.Start(start)!;
        string text = string.Empty;
        while (await process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            text += line + "\n";
            if (Listening().Match(line) is { Success: true } match)
            {
                return new ChildCoordinator(
                    process,
                    process.StandardOutput.ReadToEndAsync(CancellationToken.None),
                    IPEndPoint.Parse(match.Groups[1].Value),
                    IPEndPoint.Parse(match.Groups[2].Value));
            }
        }

        process.Dispose();
        throw new InvalidOperationException($"The Coordinator did not start:\n{text}");
    }

    /// <summary>SIGKILL: nothing of it runs any more when this returns.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
        await _reading;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
    }

    [GeneratedRegex(@"Marbles activate at (\S+); clients manage and verify at https://(\S+)\.$")]
    private static partial Regex Listening();
}
