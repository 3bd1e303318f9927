using System.Buffers;
using System.IO.Pipelines;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Http.Limits;

/// <summary>Reads a body to its end: within its size, within the budget of all, and in time.</summary>
internal sealed class BodyReader(RequestBudget budget, IOptions<CoordinatorOptions> options, TimeProvider timeProvider)
{
    /// <summary>Beyond this size a body must keep coming: who is silent holds no more.</summary>
    public const int MostOfSilence = 1024 * 1024;

    /// <summary>How long a body beyond <see cref="MostOfSilence"/> may pause.</summary>
    public static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(5);

    private const int FirstCapacity = 4096;
    private const string Crowded = "too many large requests at once; try again in a moment";

    private readonly TimeSpan _timeout = options.Value.Limits.RequestTimeout;

    /// <param name="context">The request.</param>
    /// <param name="limit">The most bytes that are taken.</param>
    /// <param name="account">Who pays.</param>
    /// <exception cref="BodyRefusedException">It is too large, comes too slowly, or others hold what may be held.</exception>
    /// <exception cref="BadHttpRequestException">It ends too early.</exception>
    public async Task<byte[]> ReadAsync(HttpContext context, long limit, RequestAccount account)
    {
        if (context.Request.ContentLength > limit)
        {
            throw Refuse(BodyRefusal.TooLarge, $"the request body is larger than {limit} bytes");
        }

        long start = timeProvider.GetTimestamp();
        using var deadline = new CancellationTokenSource(_timeout, timeProvider);
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, account.Ended, context.RequestAborted);
        byte[] body = [];
        int length = 0;
        PipeReader reader = context.Request.BodyReader;
        try
        {
            while (true)
            {
                if (length > MostOfSilence)
                {
                    TimeSpan left = _timeout - timeProvider.GetElapsedTime(start);
                    deadline.CancelAfter(left < TimeSpan.Zero ? TimeSpan.Zero : left < LongestPause ? left : LongestPause);
                }

                ReadResult result = await reader.ReadAsync(ending.Token);
                long wanted = length + result.Buffer.Length;
                if (wanted > limit)
                {
                    reader.AdvanceTo(result.Buffer.End);
                    throw Refuse(BodyRefusal.TooLarge, $"the request body is larger than {limit} bytes");
                }

                if (!TryGrow(ref body, wanted, context.Request.ContentLength ?? limit, account))
                {
                    reader.AdvanceTo(result.Buffer.End);
                    throw Refuse(BodyRefusal.Crowded, Crowded);
                }

                result.Buffer.CopyTo(body.AsSpan(length));
                length = (int)wanted;
                reader.AdvanceTo(result.Buffer.End);
                if (result.IsCompleted)
                {
                    Array.Resize(ref body, length);
                    return body;
                }
            }
        }
        catch (OperationCanceledException) when (account.Ended.IsCancellationRequested && !context.RequestAborted.IsCancellationRequested)
        {
            throw Refuse(BodyRefusal.Crowded, Crowded);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !context.RequestAborted.IsCancellationRequested)
        {
            throw Refuse(
                BodyRefusal.TooSlow,
                $"the request body did not arrive within {_timeout.TotalSeconds:0.###} seconds, or paused for too long");
        }
    }

    /// <summary>Memory follows what has come, and not what the caller says that will come.</summary>
    private static bool TryGrow(ref byte[] body, long wanted, long expected, RequestAccount account)
    {
        if (wanted <= body.Length)
        {
            return true;
        }

        long capacity = Math.Max(wanted, Math.Min(Math.Max(FirstCapacity, 2L * body.Length), expected));
        if (!account.TryTake(capacity - body.Length))
        {
            return false;
        }

        Array.Resize(ref body, (int)capacity);
        return true;
    }

    private BodyRefusedException Refuse(BodyRefusal refusal, string message)
    {
        budget.Refused(refusal);
        return new BodyRefusedException(refusal, message);
    }
}
