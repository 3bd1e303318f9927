namespace MarbleRun.Coordinator.Http;

/// <summary><c>GET /api/v2/openapi.json</c>: the description of this API, <c>docs/openapi.json</c>, without an envelope.</summary>
internal sealed class OpenApiEndpoint : IApiEndpoints
{
    private static readonly Lazy<byte[]> s_document = new(Read);

    public void Map(ApiRoutes routes) => routes.Get("/api/v2/openapi.json", AnswerAsync);

    private static async Task AnswerAsync(HttpContext context)
    {
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = s_document.Value.Length;
        await context.Response.Body.WriteAsync(s_document.Value, context.RequestAborted);
    }

    private static byte[] Read()
    {
        using Stream stream = typeof(OpenApiEndpoint).Assembly.GetManifestResourceStream("openapi.json")
            ?? throw new InvalidOperationException("The description of the API is missing in this assembly.");
        using var document = new MemoryStream();
        stream.CopyTo(document);
        return document.ToArray();
    }
}
