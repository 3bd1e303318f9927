using System.Reflection;
using MarbleRun.Attestation;
using MarbleRun.Coordinator;

namespace MarbleRun.Architecture.Tests;

/// <summary>The rules that a review of a .NET API applies to every public type.</summary>
public sealed class PublicApiTests
{
    /// <summary>Members that a default value may have, because they are the strictest or the documented default.</summary>
    private static readonly Dictionary<string, string> s_harmless = new()
    {
        ["SnpSigningKey.Vcek"] = "the encoding of AMD's report",
        ["SealingPolicy.UniqueKey"] = "the strictest",
        ["CoordinatorLogFormat.Console"] = "the default of the option",
        ["KeyAlgorithm.EcdsaP256"] = "the default of the option",
        ["TeeBackend.Automatic"] = "the default of the option",
        ["TeeCapabilities.None"] = "no flag",
        ["ManifestSeverity.Error"] = "the strictest",
        ["ManifestStage.Syntax"] = "the first check of every manifest",
    };

    private static readonly string[] s_unknown = ["Unknown", "NotVerified", "NotReached"];

    private static IEnumerable<Type> PublicTypes =>
        ((Assembly[])[typeof(Quote).Assembly, typeof(MarbleOptions).Assembly, typeof(CoordinatorOptions).Assembly,
            typeof(Testing.TestMesh).Assembly])
        .SelectMany(a => a.GetExportedTypes())
        .Where(t => t.Namespace?.StartsWith("MarbleRun.Protos", StringComparison.Ordinal) != true);

    [Fact]
    public void Enums_Zero_IsUnknownOrAHarmlessDefault()
    {
        string[] zeros = [.. PublicTypes.Where(t => t.IsEnum).Select(t => $"{t.Name}.{Enum.GetName(t, Enum.ToObject(t, 0))}")];

        Assert.DoesNotContain(
            zeros, z => !s_unknown.Contains(z[(z.IndexOf('.', StringComparison.Ordinal) + 1)..]) && !s_harmless.ContainsKey(z));
        Assert.DoesNotContain(s_harmless.Keys, h => !zeros.Contains(h));
        Assert.Contains("TeeType.Unknown", zeros);
    }

    [Fact]
    public void TimeProvider_AsParameter_IsOptional()
    {
        ParameterInfo[] clocks =
        [
            .. PublicTypes
                .SelectMany(t => t.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly)
                    .Where(m => !m.IsSpecialName)
                    .Cast<MethodBase>()
                    .Concat(t.GetConstructors()))
                .SelectMany(m => m.GetParameters())
                .Where(p => p.ParameterType == typeof(TimeProvider)),
        ];

        Assert.NotEmpty(clocks);
        Assert.Empty(clocks.Where(p => !p.IsOptional).Select(p => $"{p.Member.DeclaringType}.{p.Member.Name}({p.Name})"));
    }

    [Fact]
    public void Cancellation_AsParameter_IsTheLastOne()
    {
        IEnumerable<string> early = PublicTypes
            .SelectMany(t => t.GetMethods(BindingFlags.Public | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            .Where(m => m.GetParameters() is { Length: > 1 } all && all[..^1].Any(p => p.ParameterType == typeof(CancellationToken)))
            .Select(m => $"{m.DeclaringType}.{m.Name}");

        Assert.Empty(early);
    }
}
