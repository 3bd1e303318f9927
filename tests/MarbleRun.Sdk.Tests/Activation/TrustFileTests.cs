using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using MarbleRun.Attestation;
using MarbleRun.Manifests.Signatures;
using MarbleRun.TestSupport;

namespace MarbleRun.Tests.Activation;

/// <summary><c>marble-trust.json</c>, whose members are requirements: nothing of it is skipped.</summary>
public sealed partial class TrustFileTests
{
    private const string Code =
        "\"Packages\": { \"coordinator\": { \"UniqueID\": \"cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc\" } }";

    [Fact]
    public void Parse_AllMembers_AreTaken()
    {
        using var owner = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        string pem = JsonSerializer.Serialize(OwnerKey.Of(owner).ToPem());

        var trust = CoordinatorTrust.Parse(Encoding.UTF8.GetBytes($$"""
            {
              "$schema": "https://example.org/schema.json",
              // which build
              "Packages": {
                "now": { "UniqueID": "{{new string('c', 64)}}", "AcceptedTCBStatuses": [ "UpToDate" ] },
                "next": { "SignerID": "{{new string('d', 64)}}", "ProductID": 3, "SecurityVersion": 2 }
              },
              "OwnerKeys": [ {{pem}} ],
              "MinimumSequence": 17,
              "Roots": [ "{{new string('a', 64)}}" ],
              "AllowSimulation": true,
              "AllowMarbleRun19": true,
            }
            """));

        Assert.Equal(
            [
                new PackageProperties { UniqueId = new string('c', 64), AcceptedTcbStatuses = ["UpToDate"] },
                new PackageProperties { SignerId = new string('d', 64), ProductId = 3, SecurityVersion = 2 },
            ],
            trust.Packages.OrderByDescending(p => p.UniqueId is not null));
        Assert.Equal([OwnerKey.Of(owner)], trust.OwnerKeys);
        Assert.Equal(17UL, trust.MinimumSequence);
        Assert.Equal([new string('a', 64)], trust.Roots);
        Assert.True(trust.AllowsSimulation);
        Assert.True(trust.AllowsMarbleRun19);
        Assert.False(trust.IsNone);
    }

    [Fact]
    public void Parse_PackagesAlone_AllowNothingElse()
    {
        var trust = CoordinatorTrust.Parse(Encoding.UTF8.GetBytes($"{{ {Code} }}"));

        Assert.False(trust.AllowsSimulation);
        Assert.False(trust.AllowsMarbleRun19);
        Assert.Empty(trust.OwnerKeys);
        Assert.False(Assert.Single(trust.Packages).Debug);
    }

    [Theory]
    [InlineData($$"""{ {{Code}}, "None": true }""", "None is combined with requirements")]
    [InlineData("""{ "OwnerKeys": [ "x" ] }""", "OwnerKeys")]
    [InlineData($$"""{ {{Code}}, "OwnerKeys": [ "x" ] }""", "OwnerKeys")]
    [InlineData($$"""{ {{Code}}, "MinimumSequence": -1 }""", "MinimumSequence")]
    [InlineData($$"""{ {{Code}}, "MinimumSequence": 1.5 }""", "MinimumSequence")]
    [InlineData($$"""{ {{Code}}, "AllowSimulation": "true" }""", "AllowSimulation is not true or false")]
    [InlineData(
        """{ "Roots": [ "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" ], "AllowSimulation": true }""",
        "require Packages")]
    [InlineData("""{ "Packages": {} }""", "has no requirements")]
    [InlineData("""{ "Packages": { "any": {} } }""", "does not identify a Coordinator")]
    [InlineData("""{ "Packages": { "any": { "ProductID": 3 } } }""", "does not identify a Coordinator")]
    [InlineData("""{ "Packages": { "any": { "UniqueID": 3 } } }""", "UniqueID")]
    [InlineData(
        """{ "Packages": { "td": { "Tdx": { "MRTD": "cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc" } } } }""",
        "Rtmr1")]
    public void Parse_RequirementThatCannotBeMeant_IsRefusedWithTheReason(string json, string reason)
    {
        FormatException exception = Assert.Throws<FormatException>(() => CoordinatorTrust.Parse(Encoding.UTF8.GetBytes(json)));

        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_ExamplesOfTheGuide_AreFiles()
    {
        string guide = File.ReadAllText(Path.Combine(RepositoryFiles.Root, "docs", "getting-started.md"));
        string[] examples = [.. JsonBlock()
            .Matches(guide)
            .Select(m => m.Groups[1].Value)
            .Where(b => b.Contains("\"Roots\"", StringComparison.Ordinal) || b.Contains("\"OwnerKeys\"", StringComparison.Ordinal))];

        Assert.Equal(2, examples.Length);
        Assert.All(examples, e => Assert.False(CoordinatorTrust.Parse(Encoding.UTF8.GetBytes(e)).IsNone));
    }

    [GeneratedRegex("```json\n(.*?)```", RegexOptions.Singleline)]
    private static partial Regex JsonBlock();
}
