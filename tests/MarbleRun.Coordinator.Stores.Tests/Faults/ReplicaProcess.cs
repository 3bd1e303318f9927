using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;
using MarbleRun.TestSupport.Servers;

namespace MarbleRun.Coordinator.Stores.Tests.Faults;

/// <summary>A replica in a process of its own, which can be killed and stopped.</summary>
/// <param name="name">Of the replica.</param>
/// <param name="store">The kind of store, as the program knows it.</param>
/// <param name="storePort">The port of the store's server.</param>
/// <param name="simulationDirectory">The machine's root.</param>
/// <param name="settings">Its configuration, for the port that it reaches the store at.</param>
internal sealed partial class ReplicaProcess(
    string name,
    string store,
    int storePort,
    string simulationDirectory,
    Func<int, IEnumerable<(string Key, string Value)>> settings) : Replica(name, storePort)
{
    private const int KeptLines = 60;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly ConcurrentQueue<string> _lines = new();
    private Process? _process;

    public override string LogEnd => string.Join('\n', _lines);

    public override async Task PauseAsync(bool isPaused)
    {
        if (_process is { HasExited: false } process)
        {
            await ServerProcess.RunAsync("kill", isPaused ? "-STOP" : "-CONT", process.Id.ToString(CultureInfo.InvariantCulture));
        }
    }

    /// <summary>A Coordinator that cannot reach its store at the start ends, and is started again, as a service is.</summary>
    protected override async Task<(int Mesh, int Client)> ListenAsync()
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            try
            {
                return await TryListenAsync();
            }
            catch (InvalidOperationException) when (Stopwatch.GetElapsedTime(start) < s_patience)
            {
                await EndAsync();
                _lines.Clear();
            }
        }
    }

    protected override async Task EndAsync()
    {
        if (_process is { } process)
        {
            _process = null;
            process.Kill();
            await process.WaitForExitAsync(CancellationToken.None);
            process.Dispose();
        }
    }

    private async Task<(int Mesh, int Client)> TryListenAsync()
    {
        // The program stands beside this one in the output of the build.
        var here = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd(Path.DirectorySeparatorChar));
        string program = Path.Combine(here.Parent!.Parent!.FullName, "MarbleRun.TestProgram", here.Name, "MarbleRun.TestProgram.dll");
        string[] arguments =
        [
            program,
            "coordinator",
            store,
            "--simulation",
            "--mesh-address",
            "127.0.0.1:0",
            "--client-address",
            "127.0.0.1:0",
            .. settings(Store.Port).Select(s => $"--{s.Key}={s.Value}"),
        ];
        var start = new ProcessStartInfo("dotnet", arguments)
        {
            RedirectStandardOutput = true,
            Environment =
            {
                ["MARBLERUN_SIMULATION_DIR"] = simulationDirectory,
                ["DOTNET_TieredPGO"] = "0",
                ["DOTNET_DbgEnableMiniDump"] = "0",
            },
        };
        var listening = new TaskCompletionSource<(int, int)>(TaskCreationOptions.RunContinuationsAsynchronously);
        var process = new Process { StartInfo = start };
        process.OutputDataReceived += (_, line) => Read(line.Data, listening);
        process.Start();
        process.BeginOutputReadLine();
        _process = process;
        return await listening.Task.WaitAsync(TestContext.Current.CancellationToken);
    }

    private void Read(string? line, TaskCompletionSource<(int Mesh, int Client)> listening)
    {
        if (line is null)
        {
            listening.TrySetException(new InvalidOperationException($"Replica {Name} ended:\n{LogEnd}"));
            return;
        }

        _lines.Enqueue(line);
        if (_lines.Count > KeptLines)
        {
            _lines.TryDequeue(out _);
        }

        if (Listening().Match(line) is { Success: true } match)
        {
            listening.TrySetResult((IPEndPoint.Parse(match.Groups[1].Value).Port, IPEndPoint.Parse(match.Groups[2].Value).Port));
        }
    }

    [GeneratedRegex(@"Marbles activate at (\S+); clients manage and verify at https://(\S+)\.$")]
    private static partial Regex Listening();
}
