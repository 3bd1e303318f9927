using System.Collections.Immutable;
using System.Text;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Checks;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Checks;
using MarbleRun.Manifests.Reading;
using MarbleRun.TestSupport;

namespace MarbleRun.Tests.Manifests;

public sealed class ManifestReadingTests
{
    [Fact]
    public void Parse_FullManifest_ReadsEveryMember()
    {
        Manifest manifest = ManifestSamples.Parse(ManifestSamples.Full);

        Assert.Equal(
            new PackageProperties
            {
                SignerId = "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
                ProductId = 45,
                SecurityVersion = 2,
                AcceptedTcbStatuses = ["UpToDate", "SWHardeningNeeded"],
                AcceptedAdvisories = ["INTEL-SA-00615"],
            },
            manifest.Packages["web"]);
        MarbleDefinition frontend = manifest.Marbles["frontend"];
        Assert.Equal(("web", 3ul, false), (frontend.Package, frontend.MaxActivations, frontend.DisableSecretBinding));
        Assert.True(manifest.Marbles["backend"].DisableSecretBinding);
        Assert.Equal(["./frontend", "--verbose"], frontend.Parameters.Arguments);
        Assert.Equal("text {{ hex .Secrets.session }}", Text(frontend.Parameters.Files["/etc/plain"]));
        Assert.Equal("production", Text(frontend.Parameters.Environment["MODE"]));
        Assert.Equal(["public", "private"], manifest.Marbles["backend"].Tls);
        Assert.Equal(
            ("symmetric-key", 128ul, true),
            (manifest.Secrets["session"].Type, manifest.Secrets["session"].Size, manifest.Secrets["session"].Shared));
        Assert.Equal(7ul, manifest.Secrets["server"].ValidFor);
        Assert.Equal("CN=shop", manifest.Secrets["server"].Cert!.Subject.Name);
        Assert.True(manifest.Secrets["token"].UserDefined);
        Assert.Equal(["web"], manifest.Roles["updater"].ResourceNames);
        Assert.Equal(
            new TlsEntry { Port = "443", Cert = "server", DisableClientAuth = true }, Assert.Single(manifest.Tls["public"].Incoming));
        Assert.Equal(new TlsEntry { Port = "8080", Addr = "backend.example" }, Assert.Single(manifest.Tls["private"].Outgoing));
        Assert.True(manifest.Config.HasFeature(FeatureGates.SignQuoteEndpoint));
        Assert.False(manifest.Config.HasFeature(FeatureGates.AzureHsmSealing));
        Assert.Empty(ManifestChecker.Check(manifest).Problems);
    }

    [Theory]
    [InlineData("""{"packages":{"P":{"uniqueid":"aa","DEBUG":true}}}""")]
    [InlineData("""{"PACKAGES":{"P":{"UNIQUEID":"aa","debug":true}}}""")]
    [InlineData("""{"pac\u212aages":{"P":{"UniqueID":"aa","Debug":true}}}""")]
    [InlineData("""{"Package\u017f":{"P":{"UniqueID":"aa","Debug":true}}}""")]
    [Case("manifest", "Members in any case")]
    public void Parse_MemberNamesInAnyCase_AreTheSameMembers(string json)
    {
        Assert.Equal(new PackageProperties { UniqueId = "aa", Debug = true }, ManifestSamples.Parse(json).Packages["P"]);
    }

    [Fact]
    public void Parse_MapKeys_KeepTheirCase()
    {
        Manifest manifest = ManifestSamples.Parse("""{"Marbles":{"a":{},"A":{},"":{},"ä b:c":{}}}""");

        Assert.Equal(["", "A", "a", "ä b:c"], manifest.Marbles.Keys);
    }

    [Fact]
    [Trait("Security", "E9")]
    [Case("manifest", "A section twice is united")]
    public void Parse_DuplicateSections_AreUnitedAndEntriesReplaced()
    {
        Manifest manifest = ManifestSamples.Parse(
            """{"Marbles":{"a":{"Package":"p","MaxActivations":1},"b":{}},"marbles":{"a":{"Package":"q"},"c":{}}}""");

        Assert.Equal(["a", "b", "c"], manifest.Marbles.Keys);
        Assert.Equal(new MarbleDefinition { Package = "q" }, manifest.Marbles["a"]);
        Assert.Equal(
            ["member Marbles occurs twice", "entry a occurs twice, the later one counts"],
            ManifestChecker.Check(manifest).Problems
                .Where(p => p.Severity == ManifestSeverity.Warning && p.Stage == ManifestStage.Syntax)
                .Select(p => p.Message));
    }

    [Fact]
    [Trait("Security", "E9")]
    [Case("manifest", "A structure twice is merged")]
    public void Parse_DuplicateStructures_AreMerged()
    {
        Manifest manifest = ManifestSamples.Parse(
            """{"Marbles":{"m":{"Parameters":{"Env":{"A":"1"},"Argv":["x"]},"Parameters":{"Env":{"B":"2"}}}},"Config":{"SealMode":"x"},"Config":{"UpdateThreshold":2}}""");

        ParametersDefinition parameters = manifest.Marbles["m"].Parameters;
        Assert.Equal(["A", "B"], parameters.Environment.Keys);
        Assert.Equal(["x"], parameters.Arguments);
        Assert.Equal(("x", 2ul), (manifest.Config.SealMode, manifest.Config.UpdateThreshold));
    }

    [Fact]
    [Trait("Security", "E9")]
    public void Parse_DuplicateArrays_MergeElementsAndTakeTheLaterLength()
    {
        Manifest manifest = ManifestSamples.Parse(
            """{"TLS":{"t":{"Incoming":[{"Port":"1","Cert":"c"},{"Port":"2"}],"Incoming":[{"DisableClientAuth":true}]}},"Marbles":{"m":{"TLS":["a","b"],"TLS":["c"]}}}""");

        Assert.Equal(new TlsEntry { Port = "1", Cert = "c", DisableClientAuth = true }, Assert.Single(manifest.Tls["t"].Incoming));
        Assert.Equal(["c"], manifest.Marbles["m"].Tls);
    }

    [Fact]
    public void Parse_NullsEverywhere_LeaveValuesEmpty()
    {
        Manifest manifest = ManifestSamples.Parse(
            """
            {"Packages":{"p":{"Debug":null,"UniqueID":null,"ProductID":null,"AcceptedTCBStatuses":null},"q":null},"Users":null,"Config":null,
             "Secrets":{"s":null},"Marbles":{"m":{"Parameters":null,"MaxActivations":null,"TLS":[null]}}}
            """);

        Assert.Equal(new PackageProperties(), manifest.Packages["p"]);
        Assert.Equal(new PackageProperties(), manifest.Packages["q"]);
        Assert.Equal([""], manifest.Marbles["m"].Tls);
        Assert.Contains("unknown type:  for secret: s", ManifestSamples.Errors(manifest));
    }

    [Fact]
    public void Parse_NullManifest_IsEmpty()
    {
        Assert.Equal("no allowed packages defined", ManifestSamples.Errors(ManifestSamples.Parse("null")).First());
        Assert.Equal("no allowed packages defined", ManifestSamples.Errors(ManifestSamples.Parse("{}")).First());
    }

    [Theory]
    [InlineData("[]", "json: cannot unmarshal array into Go value of type manifest.Manifest")]
    [InlineData("\"x\"", "json: cannot unmarshal string into Go value of type manifest.Manifest")]
    [InlineData("1", "json: cannot unmarshal number into Go value of type manifest.Manifest")]
    [InlineData(
        """{"Packages":{"p":{"UniqueID":1}}}""",
        "json: cannot unmarshal number into Go struct field PackageProperties.Packages.UniqueID of type string")]
    [InlineData(
        """{"Packages":{"p":{"ProductID":"1"}}}""",
        "json: cannot unmarshal string into Go struct field PackageProperties.Packages.ProductID of type uint64")]
    [InlineData(
        """{"Packages":{"p":{"Debug":"true"}}}""",
        "json: cannot unmarshal string into Go struct field PackageProperties.Packages.Debug of type bool")]
    [InlineData(
        """{"Marbles":{"m":{"MaxActivations":1.0}}}""",
        "json: cannot unmarshal number 1.0 into Go struct field Marble.Marbles.MaxActivations of type uint")]
    [InlineData(
        """{"Marbles":{"m":{"MaxActivations":-1}}}""",
        "json: cannot unmarshal number -1 into Go struct field Marble.Marbles.MaxActivations of type uint")]
    [InlineData(
        """{"Marbles":{"m":{"MaxActivations":1e2}}}""",
        "json: cannot unmarshal number 1e2 into Go struct field Marble.Marbles.MaxActivations of type uint")]
    [InlineData(
        """{"Marbles":{"m":{"MaxActivations":18446744073709551616}}}""",
        "json: cannot unmarshal number 18446744073709551616 into Go struct field Marble.Marbles.MaxActivations of type uint")]
    [InlineData(
        """{"Roles":{"r":{"ResourceNames":"x"}}}""",
        "json: cannot unmarshal string into Go struct field Role.Roles.ResourceNames of type []string")]
    [InlineData(
        """{"Infrastructures":{"i":{"QESVN":65536}}}""",
        "json: cannot unmarshal number 65536 into Go struct field InfrastructureProperties.Infrastructures.QESVN of type uint16")]
    [InlineData(
        """{"Infrastructures":{"i":{"CPUSVN":[256]}}}""",
        "json: cannot unmarshal number 256 into Go struct field InfrastructureProperties.Infrastructures.CPUSVN of type uint8")]
    [InlineData("""{"Secrets":{"s":{"Private":"!"}}}""", "illegal base64 data at input byte 0")]
    [InlineData(
        """{"Secrets":{"s":{"Private":5}}}""", "json: cannot unmarshal number into Go struct field Secret.Secrets.Private of type []uint8")]
    public void Parse_WrongType_IsReportedAsPeersDo(string json, string message)
    {
        Assert.Equal(message, Assert.Throws<ManifestException>(() => ManifestSamples.Parse(json)).Message);
    }

    [Fact]
    public void TryParse_SeveralMismatches_ReportsAllWithPathsFirstOneFirst()
    {
        const string json = """{"Marbles":{"my web":{"Package":1,"Parameters":{"Argv":["a",2]}}},"Config":{"SealMode":[]}}""";

        Assert.False(ManifestParser.TryParse(Encoding.UTF8.GetBytes(json), out _, out ImmutableArray<ManifestProblem> problems));

        Assert.Equal(
            ["$.Marbles['my web'].Package", "$.Marbles['my web'].Parameters.Argv[1]", "$.Config.SealMode"], problems.Select(p => p.Path));
        Assert.Equal((1, 33), (problems[0].Line, problems[0].Column));
    }

    [Fact]
    public void Parse_FaultOfAFileAfterAMismatch_WinsOverIt()
    {
        const string json =
            """{"Packages":{"p":{"UniqueID":1}},"Marbles":{"m":{"Parameters":{"Files":{"f":{"Encoding":"bas64","Data":"x"}}}}}}""";

        ManifestException exception = Assert.Throws<ManifestException>(() => ManifestSamples.Parse(json));

        Assert.Equal("unknown encoding type: bas64", exception.Message);
        Assert.Equal("Did you mean base64?", exception.Problems[0].Suggestion);
        Assert.Equal("$.Marbles.m.Parameters.Files.f", exception.Problems[0].Path);
        Assert.Equal(2, exception.Problems.Length);
    }

    [Fact]
    public void Parse_BytesAsIntegersOrBase64_AreTheSame()
    {
        Manifest manifest = ManifestSamples.Parse(
            """{"Infrastructures":{"a":{"CPUSVN":[1,2,255],"RootCA":"AQ\r\nI="},"b":{"CPUSVN":"AQL/","RootCA":[1,2]}}}""");

        Assert.Equal(manifest.Infrastructures["a"], manifest.Infrastructures["b"]);
    }

    private static string Text(ManifestFile file) => Encoding.UTF8.GetString(file.Data.Span);
}
