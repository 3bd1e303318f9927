using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using MarbleRun.Coordinator;
using MarbleRun.Coordinator.Etcd;
using MarbleRun.Coordinator.Kubernetes;
using MarbleRun.Coordinator.PostgreSql;
using MarbleRun.TestSupport;
using MarbleRun.TestSupport.Markdown;

namespace MarbleRun.Packages.Tests.Schemas;

/// <summary>What editors complete in <c>appsettings.json</c> is what the options are.</summary>
public sealed class ConfigurationSchemaTests
{
    private static readonly JsonDocumentOptions s_withComments = new() { CommentHandling = JsonCommentHandling.Skip };

    /// <summary>What a host must not say.</summary>
    private static readonly string[] s_inCodeAlone =
    [
        nameof(MarbleOptions.CoordinatorTrust),
        nameof(MarbleOptions.CollateralProvider),
        nameof(MarbleOptions.ExportIdentity),
        nameof(MarbleOptions.RevocationPolicy),
    ];

    public static TheoryData<string> Settings =>
    [
        .. Directory.EnumerateFiles(
            Path.Combine(RepositoryFiles.Root, "nuget", "MarbleRun.Templates", "templates"),
            "appsettings*.json",
            SearchOption.AllDirectories)
            .Select(f => Path.GetRelativePath(RepositoryFiles.Root, f)).Order(StringComparer.Ordinal),
    ];

    [Fact]
    public void Schema_OfTheSdk_IsThatOfTheMarblesOptions() =>
        AssertDescribes(Schema("MarbleRun.Sdk")[MarbleOptions.SectionName]!, new MarbleOptions());

    [Fact]
    public void Schema_OfTheCoordinator_IsThatOfItsOptions() =>
        AssertDescribes(Schema("MarbleRun.Coordinator")[CoordinatorOptions.SectionName]!, new CoordinatorOptions());

    [Fact]
    public void Schema_OfTheStoreInPostgreSql_IsThatOfItsOptions() =>
        AssertDescribes(StoreSchema("PostgreSql"), new PostgreSqlStoreOptions());

    [Fact]
    public void Schema_OfTheStoreInEtcd_IsThatOfItsOptions() => AssertDescribes(StoreSchema("Etcd"), new EtcdStoreOptions());

    [Fact]
    public void Schema_OfTheStoreInKubernetes_IsThatOfItsOptions() =>
        AssertDescribes(StoreSchema("Kubernetes"), new KubernetesStoreOptions());

    [Theory]
    [MemberData(nameof(Settings))]
    public void Settings_OfATemplate_HaveMembersOfTheOptionsAlone(string file)
    {
        string[] lines = File.ReadAllLines(Path.Combine(RepositoryFiles.Root, file));
        JsonObject settings = Read(string.Join('\n', WithoutAlternatives(lines)));
        string[] sections = [.. settings.Select(s => s.Key).Where(s => s is MarbleOptions.SectionName or CoordinatorOptions.SectionName)];

        Assert.NotEmpty(sections);
        Assert.All(sections, s => Assert.Empty(
            Strange(settings[s]!.AsObject(), Schema(s == MarbleOptions.SectionName ? "MarbleRun.Sdk" : "MarbleRun.Coordinator")[s]!)));
    }

    [Fact]
    public void Settings_OfAGuide_HaveMembersOfTheOptionsAlone()
    {
        var options = Document.Read("docs/getting-started.md");
        JsonNode block = JsonNode.Parse(
            Assert.Single(options.Blocks, b => b.Content.Contains("\"Marble\": {", StringComparison.Ordinal)).Content)!;

        Assert.Empty(Strange(block[MarbleOptions.SectionName]!.AsObject(), Schema("MarbleRun.Sdk")[MarbleOptions.SectionName]!));
    }

    [Fact]
    public void Strange_MemberThatNoOptionHas_IsFound() =>
        Assert.Equal(
            ["Attestation.Pccs"],
            Strange(Read("""{ "Attestation": { "Pccs": "x" } }"""), Schema("MarbleRun.Coordinator")[CoordinatorOptions.SectionName]!));

    private static JsonNode Schema(string package) =>
        JsonNode.Parse(File.ReadAllText(Path.Combine(RepositoryFiles.Root, "nuget", package, "ConfigurationSchema.json")))!["properties"]!;

    private static JsonNode StoreSchema(string kind) =>
        Schema($"MarbleRun.Coordinator.{kind}")[CoordinatorOptions.SectionName]!["properties"]!["Store"]!["properties"]![kind]!;

    private static JsonObject Read(string text) => JsonNode.Parse(text, documentOptions: s_withComments)!.AsObject();

    /// <summary>Of <c>//#if … //#else … //#endif</c> the first.</summary>
    private static IEnumerable<string> WithoutAlternatives(IEnumerable<string> lines)
    {
        bool isIn = true;
        foreach (string line in lines)
        {
            isIn = line.StartsWith("//#else", StringComparison.Ordinal)
                ? false
                : isIn || line.StartsWith("//#endif", StringComparison.Ordinal);
            if (isIn)
            {
                yield return line;
            }
        }
    }

    private static IEnumerable<string> Strange(JsonObject section, JsonNode schema) =>
        section.SelectMany(member => schema["properties"]![member.Key] is not { } described ? [member.Key]
            : member.Value is JsonObject inner ? Strange(inner, described).Select(name => $"{member.Key}.{name}")
            : Enumerable.Empty<string>());

    private static void AssertDescribes(JsonNode schema, object options)
    {
        PropertyInfo[] properties =
            [.. options.GetType().GetProperties().Where(p => p.SetMethod?.IsPublic == true && !s_inCodeAlone.Contains(p.Name))];
        JsonObject described = schema["properties"]!.AsObject();

        Assert.Equal(
            properties.Select(p => p.Name).Order(StringComparer.Ordinal), described.Select(d => d.Key).Order(StringComparer.Ordinal));
        foreach (PropertyInfo property in properties)
        {
            JsonNode description = described[property.Name]!;
            Assert.False(string.IsNullOrEmpty((string?)description["description"]), $"{property.Name} is not described.");
            if (IsSection(property.PropertyType))
            {
                AssertDescribes(description, property.GetValue(options)!);
                continue;
            }

            Assert.True(
                Type(property.PropertyType) == Type(description),
                $"{property.Name} is a {Type(property.PropertyType)}, described as {Type(description)}.");
            AssertSameRange(property, description);
            JsonNode? value = ((string)description["description"]!).EndsWith(" Required.", StringComparison.Ordinal)
                ? null
                : Default(property.GetValue(options));
            Assert.True(JsonNode.DeepEquals(value, description["default"]), $"{property.Name} is by default not what the schema says.");
        }
    }

    /// <remarks>JSON Schema has no range for a time, which is a text there: its description has the range.</remarks>
    private static void AssertSameRange(PropertyInfo property, JsonNode description)
    {
        (long, long)? ofSchema = description["minimum"] is { } least && description["maximum"] is { } most
            ? ((long)least, (long)most)
            : null;
        (long, long)? ofOption = property.PropertyType != typeof(TimeSpan) && property.GetCustomAttribute<RangeAttribute>() is { } range
            ? (Convert.ToInt64(range.Minimum, CultureInfo.InvariantCulture), Convert.ToInt64(range.Maximum, CultureInfo.InvariantCulture))
            : null;

        Assert.True(ofSchema == ofOption, $"{property.Name} has the range {ofOption}, described as {ofSchema}.");
    }

    private static bool IsSection(Type type) => type.IsClass && type != typeof(string) && !typeof(IEnumerable).IsAssignableFrom(type);

    private static string Type(Type type) =>
        type == typeof(bool) ? "boolean"
        : type == typeof(long) || type == typeof(int) ? "integer"
        : type.IsEnum ? string.Join(" | ", Enum.GetNames(type))
        : type == typeof(string) || type == typeof(TimeSpan) ? "string"
        : typeof(IEnumerable<string>).IsAssignableFrom(type) ? "array or string"
        : throw new InvalidOperationException($"How is a {type} described?");

    private static string Type(JsonNode description) =>
        description["enum"] is JsonArray names ? string.Join(" | ", names.Select(n => (string?)n))
        : description["anyOf"] is JsonArray kinds ? string.Join(" or ", kinds.Select(k => (string?)k!["type"]))
        : (string)description["type"]!;

    /// <summary>Nothing is not a default in the schema; an empty text is one.</summary>
    private static JsonNode? Default(object? value) => value switch
    {
        null => null,
        bool flag => flag,
        long number => number,
        int number => number,
        TimeSpan time => time.ToString("c", CultureInfo.InvariantCulture),
        Enum name => name.ToString(),
        string text => text,
        IEnumerable<string> texts => new JsonArray([.. texts.Select(t => (JsonNode?)t)]),
        _ => throw new InvalidOperationException($"How is {value} described?"),
    };
}
