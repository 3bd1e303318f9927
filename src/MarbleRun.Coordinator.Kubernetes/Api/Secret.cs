namespace MarbleRun.Coordinator.Kubernetes.Api;

/// <summary>A Secret, or of any object only the metadata (<c>meta.k8s.io/v1 PartialObjectMetadata</c>).</summary>
internal sealed record Secret
{
    public string ApiVersion { get; init; } = "v1";

    public string Kind { get; init; } = "Secret";

    public required ObjectMeta Metadata { get; init; }

    public string? Type { get; init; }

    public bool? Immutable { get; init; }

    /// <summary>In JSON the values are base64.</summary>
    public IReadOnlyDictionary<string, ReadOnlyMemory<byte>>? Data { get; init; }
}
