using System.Text.Json;
using System.Text.Json.Serialization;

namespace MarbleRun.Coordinator.Kubernetes.Api;

/// <summary>The metadata of an object, with all members that the server gave, so that a replacement keeps those of others.</summary>
internal sealed record ObjectMeta
{
    public string? Name { get; set; }

    public string? Uid { get; set; }

    /// <summary>Opaque: it can be compared for equality alone.</summary>
    public string? ResourceVersion { get; set; }

    public DateTimeOffset? CreationTimestamp { get; set; }

    public IReadOnlyDictionary<string, string>? Labels { get; set; }

    public IReadOnlyDictionary<string, string>? Annotations { get; set; }

    [JsonExtensionData]
    public Dictionary<string, JsonElement>? Others { get; set; }

    public string Label(string name) => Labels?.GetValueOrDefault(name) ?? string.Empty;

    public string Annotation(string name) => Annotations?.GetValueOrDefault(name) ?? string.Empty;
}
