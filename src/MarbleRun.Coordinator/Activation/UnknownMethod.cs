namespace MarbleRun.Coordinator.Activation;

/// <summary>Answers calls of methods that the mesh port does not have, as MarbleRun 1.9 does: gRPC status 12.</summary>
internal static class UnknownMethod
{
    private const string Service = "rpc.Marble";

    /// <summary>The answer repeats the caller's path, which is cut so that the header stays small.</summary>
    private const int MaxPath = 256;

    public static Task AnswerAsync(HttpContext context)
    {
        if (context.Request.ContentType?.StartsWith("application/grpc", StringComparison.Ordinal) != true)
        {
            context.Response.StatusCode = StatusCodes.Status415UnsupportedMediaType;
            return Task.CompletedTask;
        }

        string path = (context.Request.Path.Value ?? string.Empty).TrimStart('/');
        path = path.Length <= MaxPath ? path : path[..MaxPath];
        int slash = path.LastIndexOf('/');
        string service = slash < 0 ? path : path[..slash];
        string message = service == Service ? $"unknown method {path[(slash + 1)..]} for service {Service}" : $"unknown service {service}";

        // A response without a body carries its status in the headers ("Trailers-Only", gRPC over HTTP/2).
        context.Response.ContentType = "application/grpc";
        context.Response.Headers["grpc-status"] = "12";
        context.Response.Headers["grpc-message"] = Uri.EscapeDataString(message)
            .Replace("%20", " ", StringComparison.Ordinal)
            .Replace("%2F", "/", StringComparison.Ordinal);
        return Task.CompletedTask;
    }
}
