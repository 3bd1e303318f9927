using System.Text;
using MarbleRun.Attestation;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Checks;
using MarbleRun.Manifests.Reading;

namespace MarbleRun.Tests.Manifests;

/// <summary>The section that lists the code which may act as the deployment's Coordinator.</summary>
public sealed class ManifestCoordinatorsTests
{
    private static readonly string s_32 = string.Concat(Enumerable.Repeat("cD", 32));
    private static readonly string s_48 = string.Concat(Enumerable.Repeat("aB", 48));

    [Fact]
    public void Parse_Coordinators_AreReadAsPackages()
    {
        ManifestReport report = Check(
            $$"""{"next":{"UniqueID":"{{s_32}}"},"signed":{"SignerID":"{{s_32}}","ProductID":3,"SecurityVersion":2} }""");

        Assert.Empty(report.Problems);
        Assert.Equal(["next", "signed"], report.Manifest!.Coordinators.Keys);
        Assert.Equal(new PackageProperties { UniqueId = s_32 }, report.Manifest.Coordinators["next"]);
    }

    [Fact]
    public void Parse_ManifestWithoutCoordinators_HasNone()
    {
        ManifestReport report = Check("{}");

        Assert.Empty(report.Problems);
        Assert.Empty(report.Manifest!.Coordinators);
    }

    [Theory]
    [InlineData("{}", "manifest misses value for SignerID in Coordinator next")]
    [InlineData("""{"SignerID":"$32","ProductID":3}""", "manifest misses value for SecurityVersion in Coordinator next")]
    [InlineData(
        """{"UniqueID":"$32","SignerID":"$32"}""",
        "manifest specifies both UniqueID *and* SignerID/ProductID/SecurityVersion in Coordinator next")]
    [InlineData("""{"UniqueID":"$32","Debug":true}""", "Coordinator next is in debug mode")]
    [InlineData("""{"Debug":true}""", "Coordinator next is in debug mode")]
    [InlineData("""{"UniqueID":"abc"}""", "UniqueID does not consist of 64 hexadecimal digits")]
    [InlineData(
        """{"UniqueID":"0000000000000000000000000000000000000000000000000000000000000000"}""", "UniqueID is a placeholder, not a hash")]
    [InlineData("""{"SignerID":"x","ProductID":3,"SecurityVersion":1}""", "SignerID does not consist of 64 hexadecimal digits")]
    [InlineData("""{"SignerID":"$32","ProductID":3,"SecurityVersion":65536}""", "SecurityVersion 65536 of Coordinator next is above 65535")]
    [InlineData("""{"UniqueID":"$32","AcceptedTCBStatuses":["Revoked"]}""", "TCB status Revoked is always refused")]
    [InlineData("""{"UniqueID":"$32","AcceptedAdvisories":["SA-1"]}""", "SA-1 is not an Intel advisory")]
    [InlineData("""{"Tdx":{"RTMR1":"$48"}}""", "manifest misses value for Tdx.MRTD in Coordinator next")]
    [InlineData("""{"Tdx":{"MRTD":"$48","RTMR1":"$48"}}""", "manifest misses value for Tdx.RTMR1 or Tdx.RTMR2 in Coordinator next")]
    [InlineData("""{"Tdx":{"MRTD":"ab","RTMR1":"$48","RTMR2":"$48"}}""", "MRTD is not made of 96 hexadecimal digits")]
    [InlineData("""{"Snp":{"VMPL":0}}""", "manifest misses value for Snp.Measurement in Coordinator next")]
    [InlineData("""{"Snp":{"Measurement":"$48","VMPL":4}}""", "VMPL 4 does not exist")]
    [InlineData(
        """{"UniqueID":"$32","Platforms":{"AllowedFMSPCs":["00"]}}""", "FMSPC 00 is not made of 12 hexadecimal digits")]
    public void Check_CodeThatAnyoneOrNoOneHas_IsAnError(string package, string message)
    {
        ManifestReport report = Check($"{{\"next\":{Fill(package)}}}");

        Assert.False(report.IsAccepted);
        Assert.Contains(report.Errors, e => e.Message.Contains(message, StringComparison.Ordinal));
        Assert.All(report.Errors, e => Assert.StartsWith("$.Coordinators.next", e.Path, StringComparison.Ordinal));
        Assert.All(report.Errors, e => Assert.NotNull(e.Suggestion));
    }

    [Theory]
    [InlineData("[]")]
    [InlineData("\"next\"")]
    [InlineData("""{"next":[]}""")]
    [InlineData("""{"next":{"Tdx":{"Unknown":1}}}""")]
    public void Parse_OtherForms_AreRefused(string coordinators) => Assert.False(Check(coordinators).IsAccepted);

    [Fact]
    public void Check_MoreThanSixteen_IsAnError()
    {
        string all = string.Join(',', Enumerable.Range(0, 17).Select(i => $"\"c{i}\":{{\"UniqueID\":\"{i:x2}{s_32[2..]}\"}}"));

        Assert.Contains(
            Check($"{{{all}}}").Errors,
            e => e.Message == "manifest lists 17 Coordinators, at most 16 are allowed" && e.Path == "$.Coordinators");
    }

    [Fact]
    public void Check_LongManifest_IsAnErrorOnlyWithCoordinators()
    {
        string padding = new(' ', Manifest.MaxLengthWithCoordinators);

        Assert.True(Check($"{{}}{padding}").IsAccepted);
        Assert.Contains(
            Check($$"""{"next":{"UniqueID":"{{s_32}}"} }{{padding}}""").Errors,
            e => e.Message.StartsWith("a manifest that lists Coordinators has at most 262144 bytes", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("UniqueKey", "sealed for one build of the Coordinator")]
    [InlineData("Disabled", "kept in memory only")]
    public void Check_StateThatNoOtherCoordinatorOpens_IsAWarning(string mode, string message)
    {
        string next = $$"""{"next":{"UniqueID":"{{s_32}}"} }""";

        ManifestReport report = Check(next, $$"""{"SealMode":"{{mode}}"}""");

        Assert.True(report.IsAccepted);
        Assert.Contains(message, Assert.Single(report.Problems).Message, StringComparison.Ordinal);
        Assert.Empty(Check(next, """{"SealMode":"ProductKey"}""").Problems);
        Assert.Empty(Check("{}", $$"""{"SealMode":"{{mode}}"}""").Problems);
    }

    [Fact]
    public void IsPackageUpdate_OfOneThatListsCoordinators_IsFalse()
    {
        const string Packages = """{"Packages":{"p":{"SecurityVersion":2}}""";

        Assert.True(Parse(Packages + "}").IsPackageUpdate);
        Assert.True(Parse(Packages + ",\"Coordinators\":{}}").IsPackageUpdate);
        Assert.False(Parse($$"""{{Packages}},"Coordinators":{"next":{"UniqueID":"{{s_32}}"} } }""").IsPackageUpdate);
    }

    private static string Fill(string package) =>
        package.Replace("$32", s_32, StringComparison.Ordinal).Replace("$48", s_48, StringComparison.Ordinal);

    private static ManifestReport Check(string coordinators, string config = "{}") => ManifestChecker.Check(Encoding.UTF8.GetBytes(
        $$"""
        {
          "Packages": { "p": { "UniqueID": "{{s_32}}" } },
          "Marbles": { "m": { "Package": "p" } },
          "Config": {{config}},
          "Coordinators": {{coordinators}}
        }
        """));

    private static Manifest Parse(string json) => ManifestParser.Parse(Encoding.UTF8.GetBytes(json));
}
