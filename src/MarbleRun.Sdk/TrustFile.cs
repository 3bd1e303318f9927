using System.Text;
using System.Text.Json;
using MarbleRun.Attestation;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Reading;
using MarbleRun.Manifests.Signatures;

namespace MarbleRun;

/// <summary>Reads <c>marble-trust.json</c>. An unknown member is refused: it may be a misspelled requirement.</summary>
internal static class TrustFile
{
    public const string Name = "marble-trust.json";

    private const string Members = "None, Roots, Packages, OwnerKeys, MinimumSequence, AllowSimulation and AllowMarbleRun19";

    private static readonly JsonDocumentOptions s_options = new()
    {
        AllowDuplicateProperties = false,
        AllowTrailingCommas = true,
        CommentHandling = JsonCommentHandling.Skip,
        MaxDepth = 16,
    };

    public static CoordinatorTrust Read(ReadOnlySpan<byte> json)
    {
        try
        {
            using var document = JsonDocument.Parse(json.ToArray(), s_options);
            return Read(document.RootElement);
        }
        catch (JsonException e)
        {
            throw new FormatException($"{Name} is not JSON: {e.Message}", e);
        }
        catch (ArgumentException e)
        {
            throw Wrong(e.Message, e);
        }
    }

    private static CoordinatorTrust Read(JsonElement file)
    {
        if (file.ValueKind != JsonValueKind.Object)
        {
            throw Wrong("it is not an object; write { \"Roots\": [ \"…\" ] } or { \"None\": true }");
        }

        string[] roots = [];
        PackageProperties[] packages = [];
        OwnerKey[] owners = [];
        ulong minimum = 0;
        bool isNone = false;
        bool simulation = false;
        bool older = false;
        foreach (JsonProperty member in file.EnumerateObject())
        {
            switch (member.Name)
            {
                case "$schema":
                    break;
                case "None":
                    isNone = ReadFlag(member);
                    break;
                case "Roots":
                    roots = ReadTexts(member);
                    break;
                case "Packages":
                    packages = ReadPackages(member);
                    break;
                case "OwnerKeys":
                    owners = [.. ReadTexts(member).Select(ReadKey)];
                    break;
                case "MinimumSequence":
                    minimum = member.Value.ValueKind == JsonValueKind.Number && member.Value.TryGetUInt64(out ulong number)
                        ? number
                        : throw Wrong("MinimumSequence is not a whole number, 0 or greater");
                    break;
                case "AllowSimulation":
                    simulation = ReadFlag(member);
                    break;
                case "AllowMarbleRun19":
                    older = ReadFlag(member);
                    break;
                default:
                    throw Wrong($"'{member.Name}' is not a member; the members are {Members}");
            }
        }

        bool asksForSomething = roots.Length + packages.Length > 0;
        if (isNone && (asksForSomething || owners.Length > 0))
        {
            throw Wrong("None is combined with requirements; remove None or the requirements");
        }

        if (!isNone && !asksForSomething)
        {
            throw Wrong(owners.Length > 0
                ? "OwnerKeys has no effect without Packages; add Packages, the code that vouches for the manifest"
                : "it has no requirements; if that is intended, write { \"None\": true }");
        }

        if (packages.Length == 0 && (owners.Length > 0 || minimum > 0 || simulation || older))
        {
            throw Wrong("OwnerKeys, MinimumSequence, AllowSimulation and AllowMarbleRun19 require Packages, and there are no Packages");
        }

        CoordinatorTrust trust = packages.Length == 0 ? CoordinatorTrust.None : CoordinatorTrust.Attested(packages, owners, minimum);
        trust = roots.Length == 0 ? trust : trust.WithRoots(roots);
        trust = simulation ? trust.WithSimulation() : trust;
        return older ? trust.WithMarbleRun19() : trust;
    }

    /// <summary>Packages have the same form as in a manifest, and the manifest reader reads them.</summary>
    private static PackageProperties[] ReadPackages(JsonProperty member)
    {
        byte[] manifest = Encoding.UTF8.GetBytes($$"""{ "Packages": {{member.Value.GetRawText()}} }""");
        return ManifestParser.TryParse(manifest, out Manifest? parsed, out var problems)
            ? [.. parsed.Packages.Values]
            : throw Wrong(string.Join(" ", problems.Select(p => $"{p.Path}: {p.Message}")));
    }

    private static OwnerKey ReadKey(string pem) =>
        OwnerKey.TryParse(pem, out OwnerKey? key, out string? fault) ? key : throw Wrong($"OwnerKeys: {fault.TrimEnd('.')}");

    private static bool ReadFlag(JsonProperty member) =>
        member.Value.ValueKind is JsonValueKind.True or JsonValueKind.False
            ? member.Value.GetBoolean()
            : throw Wrong($"{member.Name} is not true or false");

    private static string[] ReadTexts(JsonProperty member) =>
        member.Value.ValueKind == JsonValueKind.Array && member.Value.EnumerateArray().All(e => e.ValueKind == JsonValueKind.String)
            ? [.. member.Value.EnumerateArray().Select(e => e.GetString()!)]
            : throw Wrong($"{member.Name} is not a list of texts");

    private static FormatException Wrong(string what, Exception? cause = null) =>
        new($"{Name} cannot be used: {what.TrimEnd('.')}.", cause);
}
