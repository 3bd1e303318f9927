using System.Text.Json;

namespace MarbleRun.Coordinator.Kubernetes.Api;

/// <summary>One line of a watch.</summary>
internal sealed record WatchEvent
{
    public string Type { get; set; } = string.Empty;

    /// <summary>An object, or for <c>ERROR</c> a <see cref="Status"/>.</summary>
    public JsonElement Object { get; set; }
}
