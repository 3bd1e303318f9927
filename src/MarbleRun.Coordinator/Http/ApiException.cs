namespace MarbleRun.Coordinator.Http;

/// <summary>Ends a request with an envelope of JSend; the message goes to the caller.</summary>
internal sealed class ApiException(int statusCode, JSendStatus status, string message, Exception? innerException = null)
    : Exception(message, innerException)
{
    public int StatusCode => statusCode;

    public JSendStatus Status => status;

    /// <summary>The member of the request that was wrong, and why; null if the answer names none.</summary>
    public (string Name, string Fault)? Field { get; init; }

    /// <summary>When to try again, for the header <c>Retry-After</c>; null if the answer says nothing about it.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
