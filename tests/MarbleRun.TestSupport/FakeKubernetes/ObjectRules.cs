using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace MarbleRun.TestSupport.FakeKubernetes;

/// <summary>What objects must be, as the API server validates them.</summary>
public static partial class ObjectRules
{
    /// <summary>"Individual Secrets are limited to 1MiB in size" (Secrets, "Restriction on Secret data size").</summary>
    public const int MaxSecretSize = 1024 * 1024;

    private const int MaxAnnotations = 256 * 1024;

    /// <summary>Checks an object alone.</summary>
    /// <exception cref="ApiStatusException">It is refused.</exception>
    public static void Check(string resource, JsonObject given)
    {
        string kind = resource == "secrets" ? "Secret" : "EndpointSlice";
        string name = (string)given["metadata"]!["name"]!;
        Require(DnsSubdomain().IsMatch(name) && name.Length <= 253, "metadata.name", $"Invalid value: \"{name}\": a lowercase RFC 1123 "
            + "subdomain must consist of lower case alphanumeric characters, '-' or '.'");
        foreach ((string key, JsonNode? value) in Members(given["metadata"]!["labels"]))
        {
            Require(
                QualifiedName().IsMatch(key) && LabelValue().IsMatch((string)value!),
                "metadata.labels",
                $"Invalid value: \"{value}\"");
        }

        int annotations = 0;
        foreach ((string key, JsonNode? value) in Members(given["metadata"]!["annotations"]))
        {
            Require(QualifiedName().IsMatch(key), "metadata.annotations", $"Invalid value: \"{key}\"");
            annotations += Encoding.UTF8.GetByteCount(key) + Encoding.UTF8.GetByteCount((string)value!);
        }

        Require(annotations <= MaxAnnotations, "metadata.annotations", $"Too long: must have at most {MaxAnnotations} bytes");
        if (resource != "secrets")
        {
            return;
        }

        long size = 0;
        foreach ((string key, JsonNode? value) in Members(given["data"]))
        {
            Require(DataKey().IsMatch(key), $"data[{key}]", "Invalid value: a valid config key must consist of alphanumeric characters");
            byte[] bytes = new byte[((string)value!).Length];
            size += Convert.TryFromBase64String((string)value!, bytes, out int length) ? length
                : throw ApiStatusException.BadRequest("illegal base64 data at input byte 0");
        }

        Require(size <= MaxSecretSize, "data", $"Too long: must have at most {MaxSecretSize} bytes");

        void Require(bool holds, string field, string why)
        {
            if (!holds)
            {
                throw ApiStatusException.Invalid(kind, name, field, why);
            }
        }
    }

    /// <summary>Checks a replacement (Secrets, "Immutable Secrets": only metadata can be changed; the type never).</summary>
    /// <exception cref="ApiStatusException">It is refused.</exception>
    public static void CheckReplacement(string resource, JsonObject old, JsonObject given)
    {
        if (resource != "secrets")
        {
            return;
        }

        string name = (string)given["metadata"]!["name"]!;
        if ((string?)old["type"] != (string?)given["type"])
        {
            throw ApiStatusException.Invalid("Secret", name, "type", "Invalid value: field is immutable");
        }

        if ((bool?)old["immutable"] == true
            && ((bool?)given["immutable"] != true || !JsonNode.DeepEquals(old["data"], given["data"])))
        {
            throw ApiStatusException.Invalid("Secret", name, "data", "Forbidden: field is immutable when `immutable` is set");
        }
    }

    private static JsonObject Members(JsonNode? node) => node as JsonObject ?? [];

    [GeneratedRegex(@"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\z")]
    private static partial Regex DnsSubdomain();

    [GeneratedRegex(@"^([a-z0-9]([-a-z0-9.]*[a-z0-9])?/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?\z")]
    private static partial Regex QualifiedName();

    [GeneratedRegex(@"^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?\z")]
    private static partial Regex LabelValue();

    [GeneratedRegex(@"^[-._a-zA-Z0-9]{1,253}\z")]
    private static partial Regex DataKey();
}
