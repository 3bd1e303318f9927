using System.CommandLine;
using MarbleRun.Cli;
using MarbleRun.Cli.Output;
using MarbleRun.TestSupport;

namespace MarbleRun.Cli.Tests.Help;

public sealed class ProgressTests
{
    [Theory]
    [InlineData(true, false, "Still working. Ctrl+C ends the command.\n")]
    [InlineData(false, false, "")]
    [InlineData(true, true, "started\n")]
    public async Task Wait_LongerThanASecond_IsSaidOnATerminalIfNothingElseWas(bool isSeen, bool hasWritten, string expected)
    {
        using var error = new LineWriter { NewLine = "\n" };
        using var configuration = new SafeWriter(error);
        var clock = new WaitingClock();
        var end = new TaskCompletionSource();
        CommandEnvironment.Current = new CommandEnvironment
        {
            GetVariable = _ => null,
            OpenInput = () => Stream.Null,
            IsErrorSeen = isSeen,
            Clock = clock,
        };
        Command slow = new RootCommand().SetRun(async run =>
        {
            if (hasWritten)
            {
                await run.Error.WriteLineAsync("started");
            }

            await end.Task;
            return ExitCodes.Ok;
        });

        Task<int> running = slow.Parse([]).InvokeAsync(
            new InvocationConfiguration { Error = configuration, Output = new SafeWriter(TextWriter.Null) },
            TestContext.Current.CancellationToken);
        if (isSeen)
        {
            await clock.WaitForTimerAsync(TimeSpan.FromSeconds(1), TestContext.Current.CancellationToken);
            clock.Advance(TimeSpan.FromSeconds(2));
            await error.FirstLine;
        }

        end.SetResult();

        Assert.Equal(0, await running);
        Assert.Equal(expected, error.ToString());
    }

    private sealed class LineWriter : StringWriter
    {
        private readonly TaskCompletionSource _line = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public Task FirstLine => _line.Task;

        public override async Task WriteLineAsync()
        {
            await base.WriteLineAsync();
            _line.TrySetResult();
        }
    }
}
