using System.Text.RegularExpressions;
using MarbleRun.TestSupport;
using Mono.Cecil;
using Mono.Cecil.Rocks;

namespace MarbleRun.Architecture.Tests;

/// <summary>The log events of the product, as the compiled assemblies declare them.</summary>
public sealed partial class EventTests
{
    private static readonly string[] s_assemblies =
    [
        "MarbleRun.Attestation.dll",
        "MarbleRun.Sdk.dll",
        "MarbleRun.Coordinator.dll",
        "MarbleRun.Coordinator.PostgreSql.dll",
        "MarbleRun.Coordinator.Etcd.dll",
        "MarbleRun.Coordinator.Kubernetes.dll",
        "MarbleRun.Testing.dll",
    ];

    private static IReadOnlyList<(int Id, string Name, string Type)> Events { get; } = [.. s_assemblies.SelectMany(Read)];

    [Fact]
    public void Events_OfTheProduct_HaveIdsAndNamesOfTheirOwn()
    {
        Assert.NotEmpty(Events);
        Assert.Empty(Events.GroupBy(e => e.Id).Where(g => g.Count() > 1).Select(g => string.Join(", ", g)));
        Assert.Empty(Events.GroupBy(e => e.Name, StringComparer.Ordinal).Where(g => g.Count() > 1).Select(g => string.Join(", ", g)));
    }

    [Fact]
    public void Events_OfTheProduct_AreThoseOfTheDocument()
    {
        string[] documented =
        [
            .. Row().Matches(File.ReadAllText(Path.Combine(RepositoryFiles.Root, "docs", "operations", "events.md")))
                .Select(m => $"{m.Groups[1].Value} {m.Groups[2].Value} {m.Groups[3].Value}"),
        ];

        Assert.Equal(Events.OrderBy(e => e.Id).Select(e => $"{e.Id} {e.Name} {e.Type}"), documented);
    }

    private static List<(int Id, string Name, string Type)> Read(string assembly)
    {
        using var module = ModuleDefinition.ReadModule(Path.Combine(AppContext.BaseDirectory, assembly));
        return
        [
            .. from type in module.GetAllTypes()
               from method in type.Methods
               from attribute in method.CustomAttributes
               where attribute.AttributeType.Name == "LoggerMessageAttribute"
               select (IdOf(attribute), (string)Property(attribute, "EventName")!, Outermost(type).FullName),
        ];
    }

    private static int IdOf(CustomAttribute attribute) =>
        attribute.ConstructorArguments is [{ Value: int id }, ..] ? id : (int)Property(attribute, "EventId")!;

    private static object? Property(CustomAttribute attribute, string name) =>
        attribute.Properties.FirstOrDefault(p => p.Name == name).Argument.Value;

    private static TypeDefinition Outermost(TypeDefinition type) => type.DeclaringType is { } outer ? Outermost(outer) : type;

    [GeneratedRegex(@"^\| (\d+) \| `(\w+)` \| \w+ \| `([\w.]+)` \|", RegexOptions.Multiline)]
    private static partial Regex Row();
}
