using System.Reflection;
using System.Text.Json;
using MarbleRun.Activation;
using MarbleRun.Coordinator;
using MarbleRun.TestSupport;

namespace MarbleRun.Architecture.Tests;

/// <summary>What editors complete in <c>appsettings.json</c> is what the options have.</summary>
public sealed class ConfigurationSchemaTests
{
    [Theory]
    [InlineData("MarbleRun.Sdk", MarbleOptions.SectionName, typeof(MarbleOptions))]
    [InlineData("MarbleRun.Coordinator", CoordinatorOptions.SectionName, typeof(CoordinatorOptions))]
    public void Schema_OfAPackage_NamesAllOptionsAndNoOthers(string package, string section, Type options)
    {
        using JsonDocument schema = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(RepositoryFiles.Root, "nuget", package, "ConfigurationSchema.json")));

        Assert.Equal(
            Names(options, section).Order(StringComparer.Ordinal),
            Names(schema.RootElement.GetProperty("properties").GetProperty(section), section).Order(StringComparer.Ordinal));
    }

    private static IEnumerable<string> Names(Type options, string path) => options
        .GetProperties(BindingFlags.Public | BindingFlags.Instance)
        .SelectMany(p => p.PropertyType.Name.EndsWith("Options", StringComparison.Ordinal) ? Names(p.PropertyType, $"{path}:{p.Name}") : [$"{path}:{p.Name}"]);

    private static IEnumerable<string> Names(JsonElement schema, string path) => schema.GetProperty("properties").EnumerateObject()
        .SelectMany(p => p.Value.TryGetProperty("properties", out _) ? Names(p.Value, $"{path}:{p.Name}") : [$"{path}:{p.Name}"]);
}
