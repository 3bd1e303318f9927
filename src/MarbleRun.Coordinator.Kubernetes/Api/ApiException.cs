using System.Net;

namespace MarbleRun.Coordinator.Kubernetes.Api;

/// <summary>A request that failed.</summary>
internal sealed class ApiException(string detail, Exception? cause = null) : Exception(detail, cause)
{
    /// <summary>What the server answered; null without an answer.</summary>
    public HttpStatusCode? Code { get; init; }

    /// <summary>The server's word for the failure, for instance <c>AlreadyExists</c>.</summary>
    public string Reason { get; init; } = string.Empty;

    /// <summary>The kind of object that the failure is about, for instance <c>namespaces</c>.</summary>
    public string Kind { get; init; } = string.Empty;

    /// <summary>When to ask again, if the server said so.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>
    /// Whether the request certainly had no effect: it was not sent, or the server refused it. A server that fails (5xx), or does not
    /// answer, may have written, or may do it yet.
    /// </summary>
    public bool IsRefusal { get; init; }

    /// <summary>The server writes no object that is so large.</summary>
    public bool IsTooLarge =>
        Code == HttpStatusCode.RequestEntityTooLarge
        || (Code is not null && (Message.Contains("Too long", StringComparison.Ordinal)
            || Message.Contains("too large", StringComparison.OrdinalIgnoreCase)));
}
