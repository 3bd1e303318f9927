using System.Text.Json;
using System.Text.Json.Serialization;

namespace MarbleRun.Coordinator.Kubernetes.Api;

/// <summary>The JSON of the API, without reflection.</summary>
[JsonSourceGenerationOptions(
    JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, PropertyNameCaseInsensitive = false)]
[JsonSerializable(typeof(Secret))]
[JsonSerializable(typeof(ObjectList))]
[JsonSerializable(typeof(WatchEvent))]
[JsonSerializable(typeof(Status))]
[JsonSerializable(typeof(DeleteOptions))]
[JsonSerializable(typeof(EndpointSliceList))]
internal sealed partial class ApiJson : JsonSerializerContext;
