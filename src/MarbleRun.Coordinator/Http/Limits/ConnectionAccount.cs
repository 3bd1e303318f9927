using Microsoft.AspNetCore.Connections.Features;

namespace MarbleRun.Coordinator.Http.Limits;

/// <summary>The bytes that the unfinished requests of one connection hold.</summary>
internal sealed class ConnectionAccount
{
    private static readonly object s_key = new();

    /// <summary>Written by <see cref="RequestBudget"/> alone, under its lock.</summary>
    public long Held { get; set; }

    /// <summary>The account of a request's connection; the same for all requests of it.</summary>
    public static ConnectionAccount Of(HttpContext context)
    {
        if (context.Features.Get<IConnectionItemsFeature>()?.Items is not { } items)
        {
            return new ConnectionAccount();
        }

        lock (items)
        {
            if (items.TryGetValue(s_key, out object? found))
            {
                return (ConnectionAccount)found!;
            }

            var account = new ConnectionAccount();
            items[s_key] = account;
            return account;
        }
    }
}
