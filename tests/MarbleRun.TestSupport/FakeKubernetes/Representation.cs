using System.Text.Json.Nodes;

namespace MarbleRun.TestSupport.FakeKubernetes;

/// <summary>The form of an answer by the header <c>Accept</c> (API concepts, "Alternate representations of resources").</summary>
public sealed class Representation
{
    private readonly bool _isMetadata;

    private Representation(bool isMetadata)
    {
        _isMetadata = isMetadata;
    }

    /// <exception cref="ApiStatusException">None of the forms is known.</exception>
    public static Representation Parse(string? accept)
    {
        foreach (string form in (accept is { Length: > 0 } ? accept : "*/*").Split(','))
        {
            string[] parts = [.. form.Split(';').Select(p => p.Trim())];
            string? kind = parts.FirstOrDefault(p => p.StartsWith("as=", StringComparison.Ordinal))?[3..];
            if (parts[0] is "application/json" or "application/*" or "*/*" && kind is null)
            {
                return new Representation(isMetadata: false);
            }

            if (parts[0] == "application/json" && kind is "PartialObjectMetadata" or "PartialObjectMetadataList"
                && parts.Contains("g=meta.k8s.io") && parts.Contains("v=v1"))
            {
                return new Representation(isMetadata: true);
            }
        }

        throw new ApiStatusException(406, "NotAcceptable", "only the following media types are accepted: application/json");
    }

    public JsonObject Of(JsonObject o) => _isMetadata
        ? new JsonObject
        {
            ["kind"] = "PartialObjectMetadata",
            ["apiVersion"] = "meta.k8s.io/v1",
            ["metadata"] = o["metadata"]!.DeepClone(),
        }
        : o.DeepClone().AsObject();

    public JsonObject OfList(ObjectPath path, IEnumerable<JsonObject> items, long revision, string next)
    {
        var metadata = new JsonObject { ["resourceVersion"] = $"{revision}" };
        if (next.Length > 0)
        {
            metadata["continue"] = next;
        }

        return new JsonObject
        {
            ["kind"] = _isMetadata ? "PartialObjectMetadataList" : $"{path.Kind}List",
            ["apiVersion"] = _isMetadata ? "meta.k8s.io/v1" : path.ApiVersion,
            ["metadata"] = metadata,
            ["items"] = new JsonArray([.. items.Select(Of)]),
        };
    }
}
