namespace MarbleRun.Coordinator.Http;

/// <summary>The paths of the client API: exact, case-sensitive, GET and POST.</summary>
internal sealed class ApiRoutes
{
    private readonly Dictionary<(string Method, string Path), RequestDelegate> _handlers = [];

    /// <summary>All that is answered.</summary>
    public IEnumerable<(string Method, string Path)> All => _handlers.Keys;

    public void Get(string path, RequestDelegate handler) => _handlers.Add((HttpMethods.Get, path), handler);

    public void Post(string path, RequestDelegate handler) => _handlers.Add((HttpMethods.Post, path), handler);

    public RequestDelegate? Find(HttpRequest request) => _handlers.GetValueOrDefault((request.Method, request.Path.Value ?? string.Empty));
}
