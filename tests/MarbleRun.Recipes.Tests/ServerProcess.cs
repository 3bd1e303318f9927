using System.ComponentModel;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using MarbleRun.TestSupport;

namespace MarbleRun.Recipes.Tests;

/// <summary>A server of Debian's on a free port of 127.0.0.1, stopped at the end.</summary>
internal sealed class ServerProcess : IDisposable
{
    private readonly Process _process;

    private ServerProcess(Process process, int port)
    {
        _process = process;
        Port = port;
    }

    public int Port { get; }

    /// <summary>Starts it and waits until it takes connections, or until it ends and has said why.</summary>
    /// <param name="program">The program; a test is skipped where it is not installed.</param>
    /// <param name="arguments">Makes the arguments for a port.</param>
    public static async Task<ServerProcess> StartAsync(string program, Func<int, IEnumerable<string>> arguments)
    {
        int port = FindFreePort();
        var output = new StringBuilder();
        var process = new Process
        {
            StartInfo = new ProcessStartInfo(program, arguments(port)) { RedirectStandardOutput = true, RedirectStandardError = true },
        };
        process.OutputDataReceived += (_, line) => Add(line.Data);
        process.ErrorDataReceived += (_, line) => Add(line.Data);
        try
        {
            process.Start();
        }
        catch (Win32Exception)
        {
            Assert.Skip($"{program} is not installed; on Debian .ci/tools installs it.");
        }

        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        while (!await AnswersAsync(port))
        {
            if (process.HasExited)
            {
                throw new InvalidOperationException($"{program} ended with {process.ExitCode}:\n{output}");
            }
        }

        return new ServerProcess(process, port);

        void Add(string? line)
        {
            lock (output)
            {
                output.AppendLine(line);
            }
        }
    }

    /// <summary>Runs a program of the server's package to its end.</summary>
    public static async Task RunAsync(string program, params string[] arguments)
    {
        (int exitCode, string output)? run = await ExternalTool.TryRunAsync(program, arguments, TestContext.Current.CancellationToken);
        Assert.SkipWhen(run is null, $"{program} is not installed; on Debian .ci/tools installs it.");
        Assert.True(run!.Value.exitCode == 0, run.Value.output);
    }

    public void Dispose()
    {
        _process.Kill(entireProcessTree: true);
        _process.WaitForExit();
        _process.Dispose();
    }

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

    /// <summary>These servers do not choose a port themselves.</summary>
    private static int FindFreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
