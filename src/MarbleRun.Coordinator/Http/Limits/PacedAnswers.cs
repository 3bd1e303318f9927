using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Http.Limits;

/// <summary>
/// Gives an answer to the server in small pieces, each when the one before is on its way, and takes it back from a client that does not
/// read it in time.
/// </summary>
internal sealed class PacedAnswers(IOptions<CoordinatorOptions> options, TimeProvider timeProvider)
{
    private static readonly TimeSpan s_longestOfMetrics = TimeSpan.FromSeconds(10);

    public Task AnswerClientAsync(HttpContext context, RequestDelegate next) =>
        AnswerAsync(context, options.Value.Limits.AnswerTimeout, next);

    public Task AnswerMetricsAsync(HttpContext context, RequestDelegate next) =>
        AnswerAsync(
            context,
            options.Value.Limits.AnswerTimeout < s_longestOfMetrics ? options.Value.Limits.AnswerTimeout : s_longestOfMetrics,
            next);

    private async Task AnswerAsync(HttpContext context, TimeSpan timeout, RequestDelegate next)
    {
        Stream body = context.Response.Body;
        await using var paced = new PacedStream(body, context, timeout, timeProvider);
        context.Response.Body = paced;
        try
        {
            await next(context);
        }
        finally
        {
            context.Response.Body = body;
        }
    }
}
