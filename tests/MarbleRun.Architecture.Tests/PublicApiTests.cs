using System.Reflection;
using MarbleRun.Attestation;
using MarbleRun.Coordinator;
using MarbleRun.TestSupport;

namespace MarbleRun.Architecture.Tests;

/// <summary>The rules that a review of a .NET API applies to every public type.</summary>
public sealed class PublicApiTests
{
    /// <summary>Members that a default value may have, because they are the strictest or the documented default.</summary>
    private static readonly Dictionary<string, string> s_harmless = new()
    {
        ["AuditLocation.Directory"] = "the default of the option",
        ["SnpSigningKey.Vcek"] = "the encoding of AMD's report",
        ["PostgreSqlDurability.Flushed"] = "the default of the option",
        ["SealingPolicy.UniqueKey"] = "the strictest",
        ["CoordinatorLogFormat.Console"] = "the default of the option",
        ["ManifestChangePolicy.Refuse"] = "the strictest",
        ["KeyAlgorithm.EcdsaP256"] = "the default of the option",
        ["TeeBackend.Automatic"] = "the default of the option",
        ["CollateralUpdate.Standard"] = "the default of the option",
        ["TeeCapabilities.None"] = "no flag",
        ["ManifestSeverity.Error"] = "the strictest",
        ["ManifestStage.Syntax"] = "the first check of every manifest",
    };

    private static readonly string[] s_unknown = ["Unknown", "NotVerified", "NotReached"];

    private static IEnumerable<Type> PublicTypes =>
        ((Assembly[])[typeof(Quote).Assembly, typeof(MarbleOptions).Assembly, typeof(CoordinatorOptions).Assembly,
            typeof(Coordinator.PostgreSql.PostgreSqlStoreOptions).Assembly,
            typeof(Coordinator.Etcd.EtcdStoreOptions).Assembly, typeof(Coordinator.Kubernetes.KubernetesStoreOptions).Assembly,
            typeof(Testing.TestMesh).Assembly])
        .SelectMany(a => a.GetExportedTypes())
        .Where(t => t.Namespace?.StartsWith("MarbleRun.Protos", StringComparison.Ordinal) != true);

    /// <summary>The table of decision 13: who reads which namespaces of the SDK, and how many types they have.</summary>
    public static TheoryData<string, int, string[]> Readers => new()
    {
        {
            "a service: ",
            34,
            [
                "=MarbleRun", "MarbleRun.AspNetCore", "MarbleRun.Hosting", "MarbleRun.Http", "MarbleRun.Identity", "MarbleRun.Secrets",
                "MarbleRun.Tls", "Microsoft",
            ]
        },
        { "a service that activates without a host", 5, ["MarbleRun.Activation"] },
        { "a relying party or operator", 28, ["MarbleRun.Management"] },
        { "a tool for manifests", 34, ["MarbleRun.Manifests"] },
        { "a verifier of the audit trail", 8, ["MarbleRun.Audit"] },
        { "the Coordinator in a trusted execution environment", 6, ["MarbleRun.Tee"] },
    };

    [Theory]
    [MemberData(nameof(Readers))]
    public void Sdk_TypesForAReader_AreAsManyAsTheDecisionStates(string reader, int count, string[] namespaces)
    {
        string decision = File.ReadAllText(
            Path.Combine(RepositoryFiles.Root, "docs", "decisions", "0013-options-in-the-root-namespace.md"));

        Assert.Equal(count, SdkTypes.Count(type => IsIn(type, namespaces)));
        Assert.Matches($@"(?m)^\| {reader}[^|]* \| [^|]* \| {count} \|$", decision);
    }

    [Fact]
    public void Sdk_Types_HaveExactlyOneReader() => Assert.DoesNotContain(
        SdkTypes, type => Readers.Count(row => IsIn(type, row.Data.Item3)) != 1);

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

    private static IEnumerable<Type> SdkTypes =>
        PublicTypes.Where(type => type.Assembly == typeof(MarbleOptions).Assembly && !type.IsNested);

    private static bool IsIn(Type type, IEnumerable<string> namespaces) => namespaces.Any(name => name[0] == '='
        ? type.Namespace == name[1..]
        : type.Namespace == name || type.Namespace!.StartsWith(name + ".", StringComparison.Ordinal));
}
