using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace MarbleRun.TestSupport.Servers;

/// <summary>A server of Debian's on a free port of 127.0.0.1, stopped at the end.</summary>
public sealed class ServerProcess : IDisposable
{
    private readonly string _program;
    private readonly Func<int, IEnumerable<string>> _arguments;
    private readonly Func<int, Task<bool>> _isReady;
    private Process? _process;

    private ServerProcess(string program, Func<int, IEnumerable<string>> arguments, Func<int, Task<bool>> isReady)
    {
        _program = program;
        _arguments = arguments;
        _isReady = isReady;
        Port = FindFreePort();
    }

    public int Port { get; }

    /// <summary>The server's first process.</summary>
    public int Id => _process!.Id;

    /// <summary>Starts it and waits until it is ready, or until it ends and has said why.</summary>
    /// <param name="program">The program; a test is skipped where it is not installed.</param>
    /// <param name="arguments">Makes the arguments for a port.</param>
    /// <param name="isReady">Whether the server at a port is ready; by default, whether it takes connections.</param>
    public static async Task<ServerProcess> StartAsync(
        string program, Func<int, IEnumerable<string>> arguments, Func<int, Task<bool>>? isReady = null)
    {
        var server = new ServerProcess(program, arguments, isReady ?? AnswersAsync);
        await server.RestartAsync();
        return server;
    }

    /// <summary>Runs a program of the server's package to its end.</summary>
    public static async Task RunAsync(string program, params string[] arguments)
    {
        (int exitCode, string output)? run = await ExternalTool.TryRunAsync(program, arguments, TestContext.Current.CancellationToken);
        Assert.SkipWhen(run is null, $"{program} is not installed; on Debian .ci/tools installs it.");
        Assert.True(run!.Value.exitCode == 0, run.Value.output);
    }

    /// <summary>A port that was free a moment ago: these servers do not choose one themselves.</summary>
    public static int FindFreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    /// <summary>Starts it again, at the same port.</summary>
    public async Task RestartAsync()
    {
        var output = new StringBuilder();
        var process = new Process
        {
            StartInfo = new ProcessStartInfo(_program, _arguments(Port)) { RedirectStandardOutput = true, RedirectStandardError = true },
        };
        process.OutputDataReceived += (_, line) => Add(line.Data);
        process.ErrorDataReceived += (_, line) => Add(line.Data);
        try
        {
            process.Start();
        }
        catch (Win32Exception)
        {
            Assert.Skip($"{_program} is not installed; on Debian .ci/tools installs it.");
        }

        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        _process = process;
        while (!await _isReady(Port))
        {
            if (process.HasExited)
            {
                throw new InvalidOperationException($"{_program} ended with {process.ExitCode}:\n{output}");
            }
        }

        void Add(string? line)
        {
            lock (output)
            {
                output.AppendLine(line);
            }
        }
    }

    /// <summary>Ends it and its children with SIGKILL.</summary>
    public void Kill()
    {
        if (_process is { } process)
        {
            _process = null;
            process.Kill(entireProcessTree: true);
            process.WaitForExit();
            process.Dispose();
        }
    }

    /// <summary>Sends a signal to the server's first process.</summary>
    /// <param name="name">Without <c>SIG</c>.</param>
    public Task SignalAsync(string name) =>
        RunAsync("kill", $"-{name}", _process!.Id.ToString(CultureInfo.InvariantCulture));

    /// <summary>Sends a signal and waits until the server has ended.</summary>
    public async Task StopAsync(string signal)
    {
        await SignalAsync(signal);
        await _process!.WaitForExitAsync(TestContext.Current.CancellationToken);
        _process.Dispose();
        _process = null;
    }

    public void Dispose() => Kill();

    private static async Task<bool> AnswersAsync(int port)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, port, TestContext.Current.CancellationToken);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
