namespace MarbleRun.Coordinator.Kubernetes.Api;

/// <summary>A request, relative to the namespace.</summary>
internal sealed record ApiRequest(HttpMethod Method, string Path, ReadOnlyMemory<byte>? Body = null)
{
    private const string AsMetadata = "as=PartialObjectMetadata;g=meta.k8s.io;v=v1";

    /// <summary>The form of the answer.</summary>
    public string Accept { get; private init; } = "application/json";

    /// <summary>Of the object only the metadata; a server that cannot do that sends all of it.</summary>
    public ApiRequest ForMetadata() => this with { Accept = $"application/json;{AsMetadata},application/json" };

    /// <summary>Of the objects in a list only the metadata.</summary>
    public ApiRequest ForMetadataList() => this with
    {
        Accept = $"application/json;{AsMetadata.Replace("Metadata;", "MetadataList;", StringComparison.Ordinal)},application/json",
    };
}
