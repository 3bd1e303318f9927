using MarbleRun.Cli.Output;

namespace MarbleRun.Cli.Deployment;

/// <summary>
/// An answer that cannot be asked for again: new recovery secrets are in it alone. An interruption gives it a little more time, and then
/// ends the command with the truth, which is that the outcome is unknown.
/// </summary>
internal static class OnlyAnswer
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(3);

    /// <param name="run">The run, whose token is the interruption.</param>
    /// <param name="send">Sends the request.</param>
    /// <param name="unknown">What is unknown without the answer, and how to find out.</param>
    /// <exception cref="CommandException">The command was interrupted, and the answer did not come.</exception>
    public static async Task<T> WaitAsync<T>(CommandRun run, Func<CancellationToken, Task<T>> send, string unknown)
    {
        run.CancellationToken.ThrowIfCancellationRequested();
        using var end = new CancellationTokenSource();
        Task<T> answer = send(end.Token);
        try
        {
            return await answer.WaitAsync(run.CancellationToken);
        }
        catch (OperationCanceledException) when (run.CancellationToken.IsCancellationRequested)
        {
            await run.Error.WriteLineAsync(
                $"Interrupted. The answer gets {s_patience.TotalSeconds:0} more seconds, because it cannot be asked for again.");
        }

        try
        {
            return await answer.WaitAsync(s_patience, run.Clock, CancellationToken.None);
        }
        catch (TimeoutException)
        {
            await end.CancelAsync();
            throw new CommandException(
                ExitCodes.Interrupted, $"The command was interrupted before the Coordinator answered. It is unknown {unknown}");
        }
    }
}
