using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using MarbleRun.TestSupport;

namespace MarbleRun.Packages.Tests.Workbench;

/// <summary>
/// Commands that bash runs in a process group of their own, as a terminal does: Ctrl+C reaches all of it, and so does the end.
/// </summary>
internal sealed class Job : IAsyncDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    private readonly Lock _lock = new();
    private readonly List<string> _lines = [];
    private readonly Process _process;
    private readonly string _commands;
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _open = 2;

    private Job(Process process, string commands)
    {
        _process = process;
        _commands = commands;
        process.OutputDataReceived += (_, e) => Add(e.Data);
        process.ErrorDataReceived += (_, e) => Add(e.Data);
    }

    /// <summary>Everything that was printed, to standard output and standard error.</summary>
    public string Output
    {
        get
        {
            lock (_lock)
            {
                return string.Join('\n', _lines) + '\n';
            }
        }
    }

    public static Job Start(Terminal terminal, string commands)
    {
        // Its process id is that of its group. A run in the background ignores SIGINT, which its children would inherit.
        var start = new ProcessStartInfo("setsid", ["env", "--default-signal=INT", "bash", "-euo", "pipefail", "-c", commands])
        {
            WorkingDirectory = terminal.Folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        start.Environment.Clear();
        foreach ((string name, string value) in terminal.Environment)
        {
            start.Environment[name] = value;
        }

        var job = new Job(Process.Start(start)!, commands);
        job._process.StandardInput.Close();
        job._process.BeginOutputReadLine();
        job._process.BeginErrorReadLine();
        return job;
    }

    /// <summary>Waits for a line, or for the last of several like it, or fails when the commands end without it.</summary>
    public async Task<Match> WaitForAsync(string pattern, CancellationToken cancellationToken, int times = 1)
    {
        for (int seen = 0, found = 0; ;)
        {
            Task changed;
            bool ended;
            lock (_lock)
            {
                for (; seen < _lines.Count; seen++)
                {
                    if (Regex.Match(_lines[seen], pattern) is { Success: true } match && ++found == times)
                    {
                        return match;
                    }
                }

                (changed, ended) = (_changed.Task, _open == 0);
            }

            Assert.False(ended, $"{_commands}\nended without a line like {pattern}:\n{Output}");
            await WithinAsync(changed, s_patience, $"has no line like {pattern}", cancellationToken);
        }
    }

    public async Task<int> EndAsync(TimeSpan patience, CancellationToken cancellationToken)
    {
        await WithinAsync(_process.WaitForExitAsync(cancellationToken), patience, "has not ended", cancellationToken);
        return _process.ExitCode;
    }

    /// <summary>Ctrl+C, and the end that follows.</summary>
    public async Task<int> InterruptAsync(CancellationToken cancellationToken)
    {
        await SignalAsync("INT");
        return await EndAsync(s_patience, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await SignalAsync("KILL");
        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private async Task WithinAsync(Task task, TimeSpan patience, string what, CancellationToken cancellationToken)
    {
        Task first = await Task.WhenAny(task, Task.Delay(patience, cancellationToken));
        cancellationToken.ThrowIfCancellationRequested();
        Assert.True(first == task, $"{_commands}\n{what} after {patience}:\n{Output}");
        await task;
    }

    private void Add(string? line)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            if (line is null)
            {
                _open--;
            }
            else
            {
                _lines.Add(line);
            }

            (changed, _changed) = (_changed, new(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        changed.SetResult();
    }

    /// <summary>A group that has ended already gets none.</summary>
    private async Task SignalAsync(string signal) =>
        await ExternalTool.TryRunAsync(
            "/bin/kill", [$"-{signal}", "--", string.Create(CultureInfo.InvariantCulture, $"-{_process.Id}")], CancellationToken.None);
}
