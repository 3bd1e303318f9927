using MarbleRun.TestSupport;
using Mono.Cecil;

namespace MarbleRun.Architecture.Tests;

/// <summary>
/// Every group of the list of security tests has a test that says so, <c>[Trait("Security", "E3")]</c>; or a reason stands here why no
/// test exists yet. A reason must go when the first test of its group comes.
/// </summary>
public sealed class SecurityGroupTests
{
    private const string OtherEvidence = "evidence of another kind, which no package can name yet";
    private const string Renewal = "certificates of Marbles are not renewed or rotated yet; an activation gives new ones";
    private const string Release = "packages and their release, checked where they are built";

    private static readonly string[] s_projects =
    [
        "MarbleRun.Attestation.Tests",
        "MarbleRun.Sdk.Tests",
        "MarbleRun.Coordinator.Tests",
        "MarbleRun.Cli.Tests",
        "MarbleRun.Packages.Tests",
        "MarbleRun.Architecture.Tests",
    ];

    private static readonly (char Letter, int Count)[] s_groups =
    [
        ('A', 21),
        ('B', 11),
        ('C', 11),
        ('D', 14),
        ('E', 10),
        ('F', 9),
        ('G', 12),
    ];

    private static readonly Dictionary<string, string> s_waiting = new()
    {
        ["B7"] = OtherEvidence,
        ["B8"] = OtherEvidence,
        ["B9"] = OtherEvidence,
        ["C5"] = "nothing is bound to a channel after its handshake yet",
        ["C8"] = "a handshake admits no caller by itself yet that a later answer could refuse; " + Renewal,
        ["D6"] = Renewal,
        ["D7"] = Renewal,
        ["F7"] = "there is no release before this one to upgrade from",
        ["G1"] = "the command line has no commands yet that talk to a Coordinator again and again",
        ["G4"] = "tokens of an attestation service: " + OtherEvidence,
        ["G11"] = Release,
    };

    public static TheoryData<string> Groups => [.. All.Where(g => !s_waiting.ContainsKey(g))];

    private static IEnumerable<string> All => s_groups.SelectMany(g => Enumerable.Range(1, g.Count).Select(i => $"{g.Letter}{i}"));

    private static Lazy<ILookup<string, string>> Tests { get; } = new(
        () => s_projects.SelectMany(Read).ToLookup(t => t.Group, t => t.Test));

    [Theory]
    [MemberData(nameof(Groups))]
    public void Group_ThatApplies_HasATest(string group) => Assert.NotEmpty(Tests.Value[group]);

    [Fact]
    public void Group_ThatWaits_HasAReasonAndNoTest()
    {
        Assert.Equal(88, All.Count());
        Assert.Subset(All.ToHashSet(), s_waiting.Keys.ToHashSet());
        Assert.All(s_waiting, w => Assert.Empty(Tests.Value[w.Key]));
        Assert.All(s_waiting.Values, Assert.NotEmpty);
    }

    [Fact]
    public void Group_OfAnyTest_IsOneOfTheList() => Assert.Subset(All.ToHashSet(), Tests.Value.Select(t => t.Key).ToHashSet());

    /// <summary>Group and name of each test that carries one, by itself or by its class.</summary>
    private static IEnumerable<(string Group, string Test)> Read(string project)
    {
        using var module = ModuleDefinition.ReadModule(TestAssemblies.PathOf(project));
        return
        [
            .. from type in module.GetTypes()
               from method in type.Methods
               where TestAssemblies.IsTest(method)
               from attribute in method.CustomAttributes.Concat(type.CustomAttributes)
               where attribute.AttributeType.Name == "TraitAttribute" && attribute.ConstructorArguments[0].Value is "Security"
               select ((string)attribute.ConstructorArguments[1].Value, $"{type.Name}.{method.Name}"),
        ];
    }
}
