namespace MarbleRun.Coordinator.Http;

/// <summary>Reads query parameters.</summary>
internal static class RequestQuery
{
    /// <summary>Whether a switch is on: <c>true</c>, or <c>false</c> as when it is absent. Anything else is refused, since a mistyped switch must not change what is done.</summary>
    /// <exception cref="ApiException">400: it is neither.</exception>
    public static bool ReadFlag(HttpContext context, string name, JSendStatus callersFault) =>
        (context.Request.Query[name].FirstOrDefault() ?? "false") switch
        {
            "true" => true,
            "false" => false,
            _ => throw new ApiException(StatusCodes.Status400BadRequest, callersFault, $"invalid query: {name} must be true or false"),
        };
}
