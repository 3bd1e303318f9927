using System.Globalization;
using System.Text;
using MarbleRun.Cli.Dashboard.Views;
using MarbleRun.Cli.Dashboard.Watching;
using Microsoft.AspNetCore.Http;

namespace MarbleRun.Cli.Dashboard.Serving;

/// <summary>Says to a page when there is something else to show, as server-sent events (HTML standard, 9.2).</summary>
internal sealed class EventStream(CoordinatorWatch watch, TimeProvider clock)
{
    /// <summary>A comment keeps the connection, and shows when the browser has gone.</summary>
    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(15);

    public async Task AnswerAsync(HttpContext context, CancellationToken stopping)
    {
        long version = long.TryParse(
            context.Request.Query["version"].FirstOrDefault(), NumberStyles.None, CultureInfo.InvariantCulture, out long known) ? known : 0;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, stopping);
        context.Response.ContentType = "text/event-stream";
        try
        {
            await WriteAsync(context, ": \n\n", end.Token);
            WatchPhase phase = WatchPhase.Live;
            while (phase != WatchPhase.Stopped)
            {
                if (await NextAsync(version, end.Token) is { } view)
                {
                    (version, phase) = (view.Version, view.Phase);
                    await WriteAsync(context, string.Create(CultureInfo.InvariantCulture, $"event: view\ndata: {version}\n\n"), end.Token);
                }
                else
                {
                    await WriteAsync(context, ": \n\n", end.Token);
                }
            }
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The page was closed, or the dashboard ends.
        }
    }

    private async Task<DashboardView?> NextAsync(long version, CancellationToken cancellationToken)
    {
        using var silence = new CancellationTokenSource(s_silence, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, silence.Token);
        try
        {
            return await watch.WaitAsync(version, either.Token);
        }
        catch (OperationCanceledException) when (silence.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            return null;
        }
    }

    private static async Task WriteAsync(HttpContext context, string text, CancellationToken cancellationToken)
    {
        await context.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(text), cancellationToken);
        await context.Response.Body.FlushAsync(cancellationToken);
    }
}
