namespace MarbleRun.Coordinator.Http;

/// <summary>The paths of the client API: exact, case-sensitive, GET and POST.</summary>
internal sealed class ApiRoutes
{
    private readonly HashSet<string> _paths = new(StringComparer.Ordinal);
    private readonly Dictionary<(string Method, string Path), RequestDelegate> _handlers = [];

    /// <summary>Every path, regardless of the method.</summary>
    public IReadOnlyCollection<string> Paths => _paths;

    /// <summary>All methods and paths that are answered.</summary>
    public IEnumerable<(string Method, string Path)> All => _handlers.Keys;

    public void Get(string path, RequestDelegate handler) => Add(HttpMethods.Get, path, handler);

    public void Post(string path, RequestDelegate handler) => Add(HttpMethods.Post, path, handler);

    public RequestDelegate? Find(HttpRequest request) => _handlers.GetValueOrDefault((request.Method, request.Path.Value ?? string.Empty));

    /// <summary>The path, if the API has it, for metrics and the access log.</summary>
    public string? FindPath(HttpRequest request) => _paths.TryGetValue(request.Path.Value ?? string.Empty, out string? path) ? path : null;

    private void Add(string method, string path, RequestDelegate handler)
    {
        _handlers.Add((method, path), handler);
        _paths.Add(path);
    }
}
