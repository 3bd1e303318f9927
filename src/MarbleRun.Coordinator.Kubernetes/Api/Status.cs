namespace MarbleRun.Coordinator.Kubernetes.Api;

/// <summary>How the API server reports a failure: <c>meta/v1 Status</c>.</summary>
internal sealed record Status
{
    public string? Message { get; init; }

    public string? Reason { get; init; }

    public int Code { get; init; }

    public StatusDetails? Details { get; init; }
}

/// <summary>What a failure is about.</summary>
internal sealed record StatusDetails
{
    public string? Kind { get; init; }

    public int RetryAfterSeconds { get; init; }
}
