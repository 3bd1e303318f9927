namespace MarbleRun.Coordinator.Kubernetes.Api;

/// <summary>A Secret, or of any object only the metadata (<c>meta.k8s.io/v1 PartialObjectMetadata</c>).</summary>
internal sealed record Secret
{
    public string ApiVersion { get; set; } = "v1";

    public string Kind { get; set; } = "Secret";

    public required ObjectMeta Metadata { get; set; }

    public string? Type { get; set; }

    public bool? Immutable { get; set; }

    /// <summary>In JSON the values are base64.</summary>
    public IReadOnlyDictionary<string, ReadOnlyMemory<byte>>? Data { get; set; }
}
