namespace MarbleRun.Coordinator.Kubernetes.Api;

/// <summary>How the API server reports a failure: <c>meta/v1 Status</c>.</summary>
internal sealed record Status
{
    public string? Message { get; set; }

    public string? Reason { get; set; }

    public int Code { get; set; }

    public StatusDetails? Details { get; set; }
}

/// <summary>What a failure is about.</summary>
internal sealed record StatusDetails
{
    public string? Kind { get; set; }

    public int RetryAfterSeconds { get; set; }
}
