using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace MarbleRun.TestSupport.FakeKubernetes;

/// <summary>The stream of a watch (API concepts, "Efficient detection of changes" and "Watch bookmarks").</summary>
public sealed class WatchResponse(ObjectStore store, ObjectPath path, Func<JsonObject, bool> selector, Representation representation)
{
    /// <summary>How long nothing happens before a bookmark says up to where nothing did.</summary>
    public TimeSpan BookmarkInterval { get; init; } = TimeSpan.FromMilliseconds(200);

    public bool HasBookmarks { get; init; }

    public TimeSpan Duration { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>While it is not complete, the server sends nothing.</summary>
    public Func<Task> Gate { get; init; } = () => Task.CompletedTask;

    /// <summary>Gets the length of each event.</summary>
    public Action<int> Sent { get; init; } = _ => { };

    /// <summary>Whether a version that is forgotten is an HTTP status, and not an event.</summary>
    public bool IsGoneAStatus { get; init; }

    /// <summary>Sends events until the time of the watch is over, and first what is there if the version is null or <c>0</c>.</summary>
    public async Task SendAsync(HttpResponse response, string? version, CancellationToken cancellationToken)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        end.CancelAfter(Duration);
        long position;
        IReadOnlyList<JsonObject> first = [];
        if (version is null or "" or "0")
        {
            (first, position, _) = store.List(path, selector, 0, null);
        }
        else if (!long.TryParse(version, out position))
        {
            throw ApiStatusException.BadRequest($"Invalid value: \"{version}\": resourceVersion");
        }
        else if (IsGoneAStatus)
        {
            _ = store.ChangesSince(position);
        }

        response.ContentType = "application/json";
        await response.StartAsync(cancellationToken);
        await response.Body.FlushAsync(cancellationToken);
        foreach (JsonObject o in first)
        {
            await WriteAsync(response, "ADDED", representation.Of(o), cancellationToken);
        }

        try
        {
            while (true)
            {
                (IReadOnlyList<ObjectStore.Change> changes, Task next) = store.ChangesSince(position);
                foreach (ObjectStore.Change change in changes)
                {
                    await Gate().WaitAsync(end.Token);
                    position = change.Revision;
                    if (TypeOf(change) is { } type)
                    {
                        await WriteAsync(response, type, representation.Of(change.After), end.Token);
                    }
                }

                long unchanged = store.Revision;
                if (await Task.WhenAny(next, Task.Delay(BookmarkInterval, end.Token)) != next && HasBookmarks && !next.IsCompleted)
                {
                    end.Token.ThrowIfCancellationRequested();
                    await Gate().WaitAsync(end.Token);
                    position = Math.Max(position, next.IsCompleted ? position : unchanged);
                    await WriteAsync(response, "BOOKMARK", Bookmark(position), end.Token);
                }

                end.Token.ThrowIfCancellationRequested();
            }
        }
        catch (ApiStatusException exception)
        {
            await WriteAsync(response, "ERROR", exception.ToJson(), end.Token);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            // The client asked for no more time.
        }
    }

    private async Task WriteAsync(HttpResponse response, string type, JsonObject o, CancellationToken cancellationToken)
    {
        string line = new JsonObject { ["type"] = type, ["object"] = o }.ToJsonString() + "\n";
        Sent(line.Length);
        await response.WriteAsync(line, cancellationToken);
        await response.Body.FlushAsync(cancellationToken);
    }

    private JsonObject Bookmark(long position) => representation.Of(new JsonObject
    {
        ["kind"] = path.Kind,
        ["apiVersion"] = path.ApiVersion,
        ["metadata"] = new JsonObject { ["resourceVersion"] = $"{position}" },
    });

    /// <summary>An object that a change brings into the selection was added to it, and one that it takes out was deleted.</summary>
    private string? TypeOf(ObjectStore.Change change)
    {
        if (!change.Path.Key.StartsWith(path.Prefix, StringComparison.Ordinal))
        {
            return null;
        }

        bool was = change.Before is { } before && selector(before);
        bool isNow = change.Type != "DELETED" && selector(change.After);
        return (was, isNow) switch
        {
            (false, true) => "ADDED",
            (true, true) => "MODIFIED",
            (true, false) => "DELETED",
            _ => null,
        };
    }
}
