namespace MarbleRun.Coordinator.Http;

/// <summary>Ends a request with a JSend envelope; the message goes to the caller.</summary>
internal sealed class ApiException(int statusCode, JSendStatus status, string message, Exception? innerException = null)
    : Exception(message, innerException)
{
    public int StatusCode => statusCode;

    public JSendStatus Status => status;

    /// <summary>The invalid member of the request, and the reason; null if the answer names no member.</summary>
    public (string Name, string Fault)? Field { get; init; }

    /// <summary>When to retry, for the header <c>Retry-After</c>; null if the answer has no such header.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
