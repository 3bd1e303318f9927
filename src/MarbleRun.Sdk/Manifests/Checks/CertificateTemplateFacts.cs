using System.Text;
using System.Text.Json;

namespace MarbleRun.Manifests.Checks;

/// <summary>What the checks need to know of a certificate's template.</summary>
internal sealed record CertificateTemplateFacts
{
    private const int HighestUsage = 13;

    private static readonly DateTimeOffset s_unset = DateTimeOffset.MinValue;

    public bool HasNotAfter { get; private init; }

    public bool IsCa { get; private init; }

    /// <summary>Whether a path length is asked for; -1 is not.</summary>
    public bool HasPathLength { get; private init; }

    public bool HasEcdsaSignature { get; private init; } = true;

    public bool HasKnownUsages { get; private init; } = true;

    /// <summary>A name that has characters beyond ASCII, which certificates cannot hold; or null.</summary>
    public string? ForeignName { get; private init; }

    /// <summary>Reads a template that the manifest's reader has normalised and whose members have the right types.</summary>
    public static CertificateTemplateFacts Read(ReadOnlyMemory<byte> template)
    {
        var facts = new CertificateTemplateFacts();
        if (template.IsEmpty)
        {
            return facts;
        }

        using var document = JsonDocument.Parse(template);
        if (document.RootElement.ValueKind == JsonValueKind.String)
        {
            // An existing certificate as template has an end.
            return facts with { HasNotAfter = true };
        }

        if (document.RootElement.ValueKind != JsonValueKind.Object)
        {
            return facts;
        }

        foreach (JsonProperty member in document.RootElement.EnumerateObject().Where(member => member.Value.ValueKind != JsonValueKind.Null))
        {
            JsonElement value = member.Value;
            facts = member.Name.ToUpperInvariant() switch
            {
                "NOTAFTER" => facts with { HasNotAfter = !(value.TryGetTime(out DateTimeOffset time) && time == s_unset) },
                "ISCA" => facts with { IsCa = value.ValueKind == JsonValueKind.True },
                "MAXPATHLEN" => facts with { HasPathLength = value.TryGetNumber(out long length) && length > 0 },
                "MAXPATHLENZERO" => facts with { HasPathLength = facts.HasPathLength || value.ValueKind == JsonValueKind.True },
                "SIGNATUREALGORITHM" => facts with { HasEcdsaSignature = value.TryGetNumber(out long algorithm) && algorithm is 0 or (>= 10 and <= 12) },
                "DNSNAMES" or "EMAILADDRESSES" => facts with { ForeignName = facts.ForeignName ?? FindForeignName(value) },
                "EXTKEYUSAGE" => facts with { HasKnownUsages = HasOnlyKnownUsages(value) },
                _ => facts,
            };
        }

        return facts;
    }

    private static string? FindForeignName(JsonElement value) =>
        value.ValueKind != JsonValueKind.Array
            ? null
            : value.EnumerateArray().Where(name => name.ValueKind == JsonValueKind.String).Select(name => name.GetString()!).FirstOrDefault(name => !Ascii.IsValid(name));

    private static bool HasOnlyKnownUsages(JsonElement value) =>
        value.ValueKind != JsonValueKind.Array
        || value.EnumerateArray().All(
            usage => usage.TryGetNumber(out long number) ? number is >= 0 and <= HighestUsage : usage.ValueKind == JsonValueKind.Null);
}
