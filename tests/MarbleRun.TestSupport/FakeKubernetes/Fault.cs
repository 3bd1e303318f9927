namespace MarbleRun.TestSupport.FakeKubernetes;

/// <summary>What happens to one request.</summary>
public sealed record Fault
{
    /// <summary>The connection is cut before the server begins with the request.</summary>
    public static Fault CutBefore { get; } = new() { CutsBefore = true };

    /// <summary>The connection is cut after the request was made, instead of the answer.</summary>
    public static Fault CutAfter { get; } = new() { CutsAfter = true };

    public bool CutsBefore { get; init; }

    public bool CutsAfter { get; init; }

    /// <summary>The request is made only then, also if the client has gone meanwhile.</summary>
    public Task? Held { get; init; }

    /// <summary>Answered instead of the request.</summary>
    public ApiStatusException? Answer { get; init; }

    /// <summary>Answered after the request was made.</summary>
    public ApiStatusException? AnswerAfter { get; init; }

    public string? RetryAfter { get; init; }

    public static Fault HoldUntil(Task released) => new() { Held = released };

    public static Fault Fail(int code, string reason, string? retryAfter = null) =>
        new() { Answer = new ApiStatusException(code, reason, $"the test answers {reason}"), RetryAfter = retryAfter };

    /// <summary>As etcd's <c>request timed out</c>, after which the write may be found.</summary>
    public static Fault FailAfter(int code, string reason, string message) =>
        new() { AnswerAfter = new ApiStatusException(code, reason, message) };
}
