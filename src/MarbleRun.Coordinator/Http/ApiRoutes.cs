namespace MarbleRun.Coordinator.Http;

/// <summary>
/// The paths of the client API: exact, case-sensitive, GET and POST; and the items of a collection, whose path ends with a name in braces,
/// DELETE.
/// </summary>
internal sealed class ApiRoutes
{
    /// <summary>By the path of a collection: the path of its items.</summary>
    private readonly Dictionary<string, string> _items = new(StringComparer.Ordinal);

    private readonly HashSet<string> _paths = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Method, string Path), RequestDelegate> _handlers = [];
    private readonly HashSet<string> _older = new(StringComparer.Ordinal);

    /// <summary>Every path, regardless of the method.</summary>
    public IReadOnlyCollection<string> Paths => _paths;

    /// <summary>All methods and paths that are answered.</summary>
    public IEnumerable<(string Method, string Path)> All => _handlers.Keys;

    public void Get(string path, RequestDelegate handler) => Add(HttpMethods.Get, path, handler);

    /// <summary>A path that is answered while the store does not answer, too: what it says does not depend on the newest state.</summary>
    public void GetFromOlder(string path, RequestDelegate handler)
    {
        Get(path, handler);
        _older.Add(path);
    }

    public void Post(string path, RequestDelegate handler) => Add(HttpMethods.Post, path, handler);

    /// <param name="path">The path of a collection, a slash, and a name in braces.</param>
    /// <param name="handler">Answers; <see cref="ItemOf"/> returns the item.</param>
    public void Delete(string path, RequestDelegate handler)
    {
        _items[path[..path.LastIndexOf('/')]] = path;
        Add(HttpMethods.Delete, path, handler);
    }

    /// <summary>The last segment of the path.</summary>
    public static string ItemOf(HttpRequest request) => request.Path.Value![(request.Path.Value!.LastIndexOf('/') + 1)..];

    public RequestDelegate? Find(HttpRequest request) =>
        FindPath(request) is { } path ? _handlers.GetValueOrDefault((request.Method, path)) : null;

    /// <summary>Whether the path is answered from the state in use, even if it may not be the newest.</summary>
    public bool IsAnsweredFromOlder(HttpRequest request) => FindPath(request) is { } path && _older.Contains(path);

    /// <summary>The path, if the API has it, for metrics and the access log.</summary>
    public string? FindPath(HttpRequest request)
    {
        string path = request.Path.Value ?? string.Empty;
        int end = path.LastIndexOf('/');
        return end > 0 && _items.TryGetValue(path[..end], out string? item) ? item
            : _paths.TryGetValue(path, out string? found) ? found
            : null;
    }

    private void Add(string method, string path, RequestDelegate handler)
    {
        _handlers.Add((method, path), handler);
        _paths.Add(path);
    }
}
