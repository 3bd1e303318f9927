using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace MarbleRun.Benchmarks.Callers;

/// <summary>A server in a process of its own, so that its processor time and its memory are its own.</summary>
internal sealed class ServerProcess : IDisposable
{
    private readonly Process _process;
    private readonly Task _reading;
    private bool _isEnded;

    private ServerProcess(Process process, Task reading)
    {
        _process = process;
        _reading = reading;
        AppDomain.CurrentDomain.ProcessExit += (_, _) => Kill();
    }

    /// <summary>Processor time of all threads, to the nanosecond.</summary>
    public TimeSpan ProcessorTime => OtherProcess.ProcessorTime(_process.Id);

    /// <summary>Memory that it holds, in bytes.</summary>
    public long ResidentBytes
    {
        get
        {
            string line = File.ReadLines($"/proc/{_process.Id}/status").Single(l => l.StartsWith("VmRSS:", StringComparison.Ordinal));
            return 1024 * long.Parse(
                line.AsSpan(6, line.Length - 9),
                NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite,
                CultureInfo.InvariantCulture);
        }
    }

    /// <summary>Starts a program and waits for the line that says where it listens.</summary>
    /// <param name="assembly">The program's assembly beside this one.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="ready">What the line matches.</param>
    /// <param name="environment">Variables besides.</param>
    public static async Task<(ServerProcess Server, Match Ready)> StartAsync(
        string assembly, string[] arguments, Regex ready, params (string Name, string Value)[] environment)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, assembly), .. arguments])
        {
            RedirectStandardOutput = true,

            // As the Coordinator's package runs it.
            Environment = { ["DOTNET_TieredPGO"] = "0" },
        };
        foreach ((string name, string value) in environment)
        {
            start.Environment[name] = value;
        }

        Process process = Process.Start(start)!;
        string said = string.Empty;
        while (await process.StandardOutput.ReadLineAsync() is { } line)
        {
            said += line + "\n";
            if (ready.Match(line) is { Success: true } match)
            {
                return (new ServerProcess(process, process.StandardOutput.BaseStream.CopyToAsync(Stream.Null)), match);
            }
        }

        process.Dispose();
        throw new InvalidOperationException($"{assembly} did not start:\n{said}");
    }

    /// <summary>Waits until it does next to nothing.</summary>
    /// <param name="time">For how long: the longer, the less of its time may be used; null for a tenth of a second.</param>
    public async Task WaitUntilIdleAsync(TimeSpan? time = null)
    {
        TimeSpan before;
        TimeSpan now = ProcessorTime;
        do
        {
            before = now;
            await Task.Delay(time ?? TimeSpan.FromMilliseconds(100));
            now = ProcessorTime;
        }
        while (now - before > (time is null ? TimeSpan.FromMilliseconds(10) : time / 100));
    }

    /// <summary>Ends it; nothing of it runs any more when this returns.</summary>
    public void Dispose()
    {
        Kill();
        _reading.Wait();

        _process.Dispose();
    }

    private void Kill()
    {
        lock (_process)
        {
            if (!_isEnded)
            {
                _isEnded = true;
                _process.Kill();
                _process.WaitForExit();
            }
        }
    }
}
