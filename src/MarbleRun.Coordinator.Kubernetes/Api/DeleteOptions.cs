namespace MarbleRun.Coordinator.Kubernetes.Api;

/// <summary>What <c>DELETE</c> is sent with.</summary>
internal sealed record DeleteOptions(string ApiVersion, string Kind, Preconditions Preconditions);

/// <summary>Which state of the object is meant.</summary>
internal sealed record Preconditions(string? Uid, string? ResourceVersion);
