namespace MarbleRun.Cli.Output;

/// <summary>Says on a terminal that a command still works, if it wrote nothing for a second.</summary>
internal static class Progress
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(1);

    /// <summary>Returns when the command has ended or the message is written.</summary>
    public static async Task ShowAsync(Task command, CommandRun run)
    {
        if (!CommandEnvironment.Current.IsErrorSeen)
        {
            return;
        }

        await Task.WhenAny(command, Task.Delay(s_patience, run.Clock));
        if (!command.IsCompleted && !HasWritten(run.Output) && !HasWritten(run.Error))
        {
            await run.Error.WriteLineAsync("Still working. Ctrl+C ends the command.");
        }
    }

    private static bool HasWritten(TextWriter writer) => writer is SafeWriter { HasWritten: true };
}
