using System.Collections.Immutable;
using System.Reflection;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Checks;
using MarbleRun.Attestation.Claims;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Certificates;
using MarbleRun.Manifests.Checks;
using MarbleRun.TestSupport;

namespace MarbleRun.Tests.Manifests;

public sealed class ManifestEqualityTests
{
    public static TheoryData<string> PackageMembers => [.. Members(typeof(PackageProperties))];

    public static TheoryData<string> TdxMembers => [.. Members(typeof(TdxProperties))];

    public static TheoryData<string> SnpMembers => [.. Members(typeof(SnpProperties))];

    public static TheoryData<string> SnpTcbMembers => [.. Members(typeof(SnpTcb))];

    public static TheoryData<string> PlatformListsMembers => [.. Members(typeof(PlatformLists))];

    public static TheoryData<string> InfrastructureMembers => [.. Members(typeof(InfrastructureProperties))];

    public static TheoryData<string> TlsEntryMembers => [.. Members(typeof(TlsEntry))];

    public static TheoryData<string> MarbleMembers => [.. Members(typeof(MarbleDefinition))];

    public static TheoryData<string> ManifestMembers =>
        [.. Members(typeof(Manifest)).Where(name => name != nameof(Manifest.IsPackageUpdate))];

    [Theory]
    [MemberData(nameof(PackageMembers))]
    [Trait("Security", "A21")]
    public void Equals_PackagesThatDifferInOneMember_AreUnequal(string member) =>
        AssertCounts(new PackageProperties(), new PackageProperties(), member);

    [Theory]
    [MemberData(nameof(TdxMembers))]
    [Trait("Security", "A21")]
    public void Equals_TdsThatDifferInOneMember_AreUnequal(string member) =>
        AssertPackagesDiffer(
            new TdxProperties(),
            AssertCounts(new TdxProperties(), new TdxProperties(), member),
            tdx => new PackageProperties { Tdx = tdx });

    [Theory]
    [MemberData(nameof(SnpMembers))]
    [Trait("Security", "A21")]
    public void Equals_SnpMachinesThatDifferInOneMember_AreUnequal(string member) =>
        AssertPackagesDiffer(
            new SnpProperties(),
            AssertCounts(new SnpProperties(), new SnpProperties(), member),
            snp => new PackageProperties { Snp = snp });

    [Theory]
    [MemberData(nameof(SnpTcbMembers))]
    [Trait("Security", "A21")]
    public void Equals_SnpTcbsThatDifferInOneMember_AreUnequal(string member) => AssertCounts(new SnpTcb(), new SnpTcb(), member);

    [Theory]
    [MemberData(nameof(PlatformListsMembers))]
    [Trait("Security", "A21")]
    public void Equals_PlatformListsThatDifferInOneMember_AreUnequal(string member) =>
        AssertPackagesDiffer(
            new PlatformLists(),
            AssertCounts(new PlatformLists(), new PlatformLists(), member),
            lists => new PackageProperties { Platforms = lists });

    [Theory]
    [MemberData(nameof(InfrastructureMembers))]
    [Trait("Security", "A21")]
    public void Equals_InfrastructuresThatDifferInOneMember_AreUnequal(string member) =>
        AssertCounts(new InfrastructureProperties(), new InfrastructureProperties(), member);

    [Fact]
    public void Equals_PlatformListsInOtherOrderAndCase_AreEqual()
    {
        PlatformLists one = new() { AllowedFmspcs = ["00606A000000", "00906ed50000"], DeniedPlatforms = default };
        PlatformLists two = new() { AllowedFmspcs = ["00906ED50000", "00606a000000"], DeniedPlatforms = [] };

        Assert.Equal(one, two);
        Assert.Equal(one.GetHashCode(), two.GetHashCode());
    }

    [Theory]
    [MemberData(nameof(TlsEntryMembers))]
    [Case("manifest", "Equality of TLS tags: order does not count, every member does")]
    public void Equals_TlsEntriesThatDifferInOneMember_AreUnequal(string member)
    {
        TlsEntry changed = AssertCounts(new TlsEntry(), new TlsEntry(), member);

        Assert.NotEqual(new TlsTag { Incoming = [new TlsEntry()] }, new TlsTag { Incoming = [changed] });
    }

    [Theory]
    [MemberData(nameof(MarbleMembers))]
    [Case("manifest", "Equality of parameters and Marbles: the order of arguments counts, that of tags does not")]
    public void Equals_MarblesThatDifferInOneMember_AreUnequal(string member) =>
        AssertCounts(new MarbleDefinition(), new MarbleDefinition(), member);

    [Theory]
    [MemberData(nameof(ManifestMembers))]
    public void Equals_ManifestsThatDifferInOneSection_AreUnequal(string member) =>
        AssertCounts(new Manifest(), new Manifest(), member);

    [Fact]
    public void Equals_SameText_IsEqual()
    {
        Assert.Equal(ManifestSamples.Parse(ManifestSamples.Full), ManifestSamples.Parse(ManifestSamples.Full));
        Assert.NotEqual(ManifestSamples.Parse(ManifestSamples.Full), ManifestSamples.Parse(ManifestSamples.Minimal));
    }

    [Fact]
    [Case("manifest", "Equality of TLS tags: order does not count, every member does")]
    [Case("manifest", "Equality of parameters and Marbles: the order of arguments counts, that of tags does not")]
    public void Equals_Lists_OrderCountsForArgumentsOnly()
    {
        TlsEntry one = new() { Port = "1" }, two = new() { Port = "2" };

        Assert.Equal(new TlsTag { Outgoing = [one, two] }, new TlsTag { Outgoing = [two, one] });
        Assert.NotEqual(new TlsTag { Outgoing = [one, two, two] }, new TlsTag { Outgoing = [one, one, two] });
        Assert.Equal(new MarbleDefinition { Tls = ["a", "b"] }, new MarbleDefinition { Tls = ["b", "a"] });
        Assert.NotEqual(new ParametersDefinition { Arguments = ["a", "b"] }, new ParametersDefinition { Arguments = ["b", "a"] });
    }

    [Fact]
    [Case("manifest", "Definition of secrets: values do not count, ValidFor does")]
    public void HasSameDefinition_Secrets_IgnoresValuesAndTemplate()
    {
        var secret = new SecretDefinition { Type = SecretTypes.CertRsa, Size = 2048, ValidFor = 365 };

        Assert.True(secret.HasSameDefinition(secret with { Private = new byte[] { 1 }, Cert = CertificateTemplate.Default }));
        Assert.False(secret.HasSameDefinition(secret with { ValidFor = 356 }));
        Assert.False(secret.HasSameDefinition(secret with { Shared = true }));
        Assert.NotEqual(secret, secret with { Private = new byte[] { 1 } });
    }

    [Theory]
    [InlineData("""{}""", true)]
    [InlineData("""{"Packages":{"p":{"SecurityVersion":3}},"Config":{"UpdateThreshold":1}}""", true)]
    [InlineData("""{"Marbles":{"m":{}}}""", false)]
    [InlineData("""{"Secrets":{"m":{}}}""", false)]
    [InlineData("""{"Users":{"m":{}}}""", false)]
    [InlineData("""{"Roles":{"m":{}}}""", false)]
    [InlineData("""{"RecoveryKeys":{"m":""}}""", false)]
    [InlineData("""{"Infrastructures":{"m":{}}}""", false)]
    [InlineData("""{"TLS":{"m":{"Incoming":[],"Outgoing":[]}}}""", false)]
    [Case("manifest", "Sections decide whether an update is one of packages")]
    public void IsPackageUpdate_Sections_DecideTheKind(string json, bool isPackageUpdate) =>
        Assert.Equal(isPackageUpdate, ManifestSamples.Parse(json).IsPackageUpdate);

    [Fact]
    public void ToString_RecordsWithValues_DoNotShowThem()
    {
        const string canary = "c2VjcmV0LWNhbmFyeQ==";
        Manifest manifest = ManifestSamples.Parse(
            $$"""
            {"Secrets":{"s":{"Private":"{{canary}}","Public":"{{canary}}","Cert":{"x":"{{canary}}"} } },
             "Marbles":{"m":{"Parameters":{"Env":{"E":"{{canary}}"} } } } }
            """);

        string text = string.Join('\n', manifest, manifest.Secrets["s"], manifest.Marbles["m"], manifest.Marbles["m"].Parameters)
            + manifest.Marbles["m"].Parameters.Environment["E"]
            + string.Join('\n', ManifestChecker.Check(manifest).Problems);

        Assert.DoesNotContain(canary, text, StringComparison.Ordinal);
        Assert.DoesNotContain("secret-canary", text, StringComparison.Ordinal);
        Assert.DoesNotContain("115, 101, 99", text, StringComparison.Ordinal);
    }

    /// <summary>Packages are told apart by their parts: what an update compares.</summary>
    private static void AssertPackagesDiffer<T>(T untouched, T changed, Func<T, PackageProperties> package)
    {
        Assert.NotEqual(package(untouched), package(changed));
        Assert.Equal(package(changed), package(changed));
    }

    // Properties that follow from others do not count by themselves.
    private static IEnumerable<string> Members(Type type) =>
        type
            .GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.CanWrite)
            .Select(property => property.Name);

    /// <summary>Sets one member to something else by reflection, so that a member that is added later cannot be forgotten.</summary>
    private static T AssertCounts<T>(T untouched, T changed, string member)
        where T : class
    {
        PropertyInfo property = typeof(T).GetProperty(member) ?? throw new ArgumentException("No such member.", nameof(member));
        property.SetValue(changed, Other(property));
        Assert.NotEqual(untouched, changed);
        return changed;
    }

    private static object Other(PropertyInfo property) => property.PropertyType switch
    {
        var type when type == typeof(bool) => property.Name != nameof(SnpProperties.AllowSmt),
        var type when type == typeof(string) => "other",
        var type when type == typeof(ulong) || type == typeof(ulong?) => 0ul + 7,
        var type when type == typeof(ImmutableArray<string>) || type == typeof(ImmutableArray<string>?) => ImmutableArray.Create("other"),
        var type when type == typeof(ParametersDefinition) => new ParametersDefinition { Arguments = ["other"] },
        var type when type == typeof(TdxProperties) => new TdxProperties { MrTd = "other" },
        var type when type == typeof(SnpProperties) => new SnpProperties { Measurement = "other" },
        var type when type == typeof(PlatformLists) => new PlatformLists { DeniedFmspcs = ["other"] },
        var type when type == typeof(SnpTcb) => new SnpTcb { Snp = 7 },
        var type when type == typeof(uint?) => 7u,
        var type when type == typeof(ushort?) => (ushort)7,
        var type when type == typeof(byte) || type == typeof(byte?) => (byte)7,
        var type when type == typeof(SnpSigningKey?) => SnpSigningKey.Vlek,
        var type when type == typeof(ImmutableArray<SnpProductLine>) => ImmutableArray.Create(SnpProductLine.Turin),
        var type when type == typeof(ReadOnlyMemory<byte>) => new ReadOnlyMemory<byte>([7]),
        var type when type == typeof(ManifestConfig) => new ManifestConfig { SealMode = "other" },
        var type => OtherMap(type),
    };

    private static object OtherMap(Type type)
    {
        Type valueType = type.GetGenericArguments()[1];
        object value = valueType == typeof(string) ? "other" : Activator.CreateInstance(valueType) ?? throw new InvalidOperationException();
        object empty = typeof(ImmutableSortedDictionary).GetMethods().Single(m => m.Name == "Create" && m.GetParameters().Length == 0)
            .MakeGenericMethod(typeof(string), valueType).Invoke(null, null) ?? throw new InvalidOperationException();
        return type.GetMethod("Add")?.Invoke(empty, ["other", value]) ?? throw new InvalidOperationException();
    }
}
