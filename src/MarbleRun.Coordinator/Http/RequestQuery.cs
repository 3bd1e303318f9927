namespace MarbleRun.Coordinator.Http;

/// <summary>Reads query parameters.</summary>
internal static class RequestQuery
{
    /// <summary>The value of a flag: <c>true</c> or <c>false</c>; <c>false</c> if it is absent. Anything else is refused, because a
    /// misspelled value must not change the action.</summary>
    /// <exception cref="ApiException">400: the value is neither.</exception>
    public static bool ReadFlag(HttpContext context, string name, JSendStatus callersFault) =>
        (context.Request.Query[name].FirstOrDefault() ?? "false") switch
        {
            "true" => true,
            "false" => false,
            _ => throw new ApiException(StatusCodes.Status400BadRequest, callersFault, $"invalid query: {name} must be true or false"),
        };
}
