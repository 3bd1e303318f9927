using System.Text;

namespace MarbleRun.Dashboard.Tests;

/// <summary>What a command prints, while it runs.</summary>
internal sealed class LineWriter : TextWriter
{
    private readonly Lock _lock = new();
    private readonly StringBuilder _text = new();
    private TaskCompletionSource _written = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public override Encoding Encoding => Encoding.UTF8;

    public override void Write(char value)
    {
        lock (_lock)
        {
            if (value != '\r')
            {
                _text.Append(value);
            }

            _written.TrySetResult();
            _written = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }

    public override string ToString()
    {
        lock (_lock)
        {
            return _text.ToString();
        }
    }

    /// <summary>The first line; fails if the command ends before.</summary>
    public async Task<string> FirstLineAsync(Task run)
    {
        await WaitForAsync("\n", run);
        return ToString().Split('\n')[0];
    }

    /// <summary>Waits until a text is printed; fails if the command ends before.</summary>
    public async Task WaitForAsync(string text, Task run)
    {
        while (true)
        {
            Task written;
            lock (_lock)
            {
                if (_text.ToString().Contains(text, StringComparison.Ordinal))
                {
                    return;
                }

                written = _written.Task;
            }

            await Task.WhenAny(written, run).WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
            Assert.False(
                run.IsCompleted && !ToString().Contains(text, StringComparison.Ordinal), $"The command ended without '{text}': {this}");
        }
    }
}
