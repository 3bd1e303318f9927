using System.Collections.Immutable;
using System.Text;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Checks;
using MarbleRun.Attestation.Claims;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Checks;
using MarbleRun.Manifests.Reading;

namespace MarbleRun.Tests.Manifests;

/// <summary>The members of packages that name confidential virtual machines and single machines, and the infrastructures.</summary>
public sealed class ManifestPlatformTests
{
    private static readonly string s_48 = string.Concat(Enumerable.Repeat("aB", 48));
    private static readonly string s_32 = string.Concat(Enumerable.Repeat("cD", 32));
    private static readonly string s_16 = string.Concat(Enumerable.Repeat("0f", 16));
    private static readonly string s_chip = string.Concat(Enumerable.Repeat("9e", 64));

    [Fact]
    public void Parse_Tdx_ReadsEveryMember()
    {
        Manifest manifest = WithPackage(
            $$"""
            {"Tdx":{"MRTD":"{{s_48}}","RTMR0":"{{s_48}}","rtmr1":"{{s_48}}","RTMR2":"{{s_48}}","RTMR3":"{{s_48}}","MRSEAM":"{{s_48}}",
                    "TDAttributes":"0000001000000000","MRServiceTD":"{{s_48}}","minimumteetcbsvn":"{{s_16}}"} }
            """);

        Assert.Equal(
            new TdxProperties
            {
                MrTd = s_48,
                Rtmr0 = s_48,
                Rtmr1 = s_48,
                Rtmr2 = s_48,
                Rtmr3 = s_48,
                MrSeam = s_48,
                TdAttributes = "0000001000000000",
                MrServiceTd = s_48,
                MinimumTeeTcbSvn = s_16,
            },
            manifest.Packages["p"].Tdx);
        Assert.Empty(ManifestChecker.Check(manifest).Problems);
    }

    [Fact]
    public void Parse_Snp_ReadsEveryMember()
    {
        Manifest manifest = WithPackage(
            $$"""
            {"Snp":{"Measurement":"{{s_48}}","HostData":"{{s_32}}","FamilyID":"{{s_16}}","ImageID":"{{s_16}}","MinimumGuestSVN":4294967295,
                    "IDKeyDigest":"{{s_48}}","AuthorKeyDigest":"{{s_48}}","VMPL":1,"PolicyMask":"0xffffffffffffffff","Policy":"0x20000","AllowMigrationAgent":true,
                    "AllowSMT":false,"RequiredPlatformInfo":"0X20","MinimumTCB":{"FMC":1,"BootLoader":2,"TEE":3,"SNP":4,"Microcode":255},
                    "MinimumLaunchTCB":{"SNP":4},"RequireCommittedFirmware":true,"SigningKey":"vlek","CSPID":"CN=cloud.example",
                    "AcceptedChipIDs":["{{s_chip}}"],"DeniedChipIDs":["0011223344556677"],"AcceptedProductLines":["genoa","Turin"],"DeniedProductLines":["MILAN"]} }
            """);

        Assert.Equal(
            new SnpProperties
            {
                Measurement = s_48,
                HostData = s_32,
                FamilyId = s_16,
                ImageId = s_16,
                MinimumGuestSvn = uint.MaxValue,
                IdKeyDigest = s_48,
                AuthorKeyDigest = s_48,
                Vmpl = 1,
                PolicyMask = ulong.MaxValue,
                Policy = 0x20000,
                AllowMigrationAgent = true,
                AllowSmt = false,
                RequiredPlatformInfo = 0x20,
                MinimumTcb = new SnpTcb { Fmc = 1, BootLoader = 2, Tee = 3, Snp = 4, Microcode = 255 },
                MinimumLaunchTcb = new SnpTcb { Snp = 4 },
                RequireCommittedFirmware = true,
                SigningKey = SnpSigningKey.Vlek,
                CspId = "CN=cloud.example",
                AcceptedChipIds = [s_chip],
                DeniedChipIds = ["0011223344556677"],
                AcceptedProductLines = [SnpProductLine.Genoa, SnpProductLine.Turin],
                DeniedProductLines = [SnpProductLine.Milan],
            },
            manifest.Packages["p"].Snp);
        Assert.Empty(ManifestChecker.Check(manifest).Problems);
    }

    [Fact]
    [Trait("Security", "B11")]
    public void Parse_Platforms_ReadsEveryList()
    {
        Manifest manifest = WithPackage(
            $$"""
            {"UniqueID":"{{s_32}}","Platforms":{"AllowedFMSPCs":["00606A000000"],"DeniedFMSPCs":["00906ed50000"],"AllowedPlatforms":["{{s_32}}"],
             "DeniedPlatforms":["{{s_48[..64]}}"]} }
            """);

        Assert.Equal(
            new PlatformLists
            {
                AllowedFmspcs = ["00606a000000"],
                DeniedFmspcs = ["00906ED50000"],
                AllowedPlatforms = [s_32],
                DeniedPlatforms = [s_48[..64]],
            },
            manifest.Packages["p"].Platforms);
        Assert.Empty(ManifestChecker.Check(manifest).Problems);
    }

    [Theory]
    [InlineData("""{"Snp":{"Mesurement":"aa"}}""", "$.Packages.p.Snp.Mesurement", "unknown member Mesurement")]
    [InlineData("""{"Tdx":{"RTMR4":"aa"}}""", "$.Packages.p.Tdx.RTMR4", "unknown member RTMR4")]
    [InlineData("""{"Platforms":{"DeniedFMSPC":[]}}""", "$.Packages.p.Platforms.DeniedFMSPC", "unknown member DeniedFMSPC")]
    [InlineData("""{"Snp":{"MinimumTCB":{"SPL":1}}}""", "$.Packages.p.Snp.MinimumTCB.SPL", "unknown member SPL")]
    [InlineData(
        """{"Tdx":[]}""",
        "$.Packages.p.Tdx",
        "json: cannot unmarshal array into Go struct field PackageProperties.Packages.Tdx of type quote.TdxProperties")]
    [InlineData(
        """{"Tdx":{"MRTD":1}}""",
        "$.Packages.p.Tdx.MRTD",
        "json: cannot unmarshal number into Go struct field TdxProperties.Packages.Tdx.MRTD of type string")]
    [InlineData(
        """{"Snp":{"Policy":"30000"}}""", "$.Packages.p.Snp.Policy", "the value does not consist of 0x and up to 16 hexadecimal digits")]
    [InlineData(
        """{"Snp":{"Policy":"0x"}}""", "$.Packages.p.Snp.Policy", "the value does not consist of 0x and up to 16 hexadecimal digits")]
    [InlineData(
        """{"Snp":{"Policy":"0x12345678901234567"}}""",
        "$.Packages.p.Snp.Policy",
        "the value does not consist of 0x and up to 16 hexadecimal digits")]
    [InlineData(
        """{"Snp":{"Policy":3}}""",
        "$.Packages.p.Snp.Policy",
        "json: cannot unmarshal number into Go struct field SnpProperties.Packages.Snp.Policy of type string")]
    [InlineData("""{"Snp":{"SigningKey":"VCEX"}}""", "$.Packages.p.Snp.SigningKey", "unknown value VCEX")]
    [InlineData("""{"Snp":{"AcceptedProductLines":["Rome"]}}""", "$.Packages.p.Snp.AcceptedProductLines[0]", "unknown value Rome")]
    [InlineData(
        """{"Snp":{"DeniedProductLines":[null]}}""",
        "$.Packages.p.Snp.DeniedProductLines[0]",
        "json: cannot unmarshal null into Go struct field SnpProperties.Packages.Snp.DeniedProductLines of type string")]
    [InlineData(
        """{"Snp":{"MinimumTCB":{"SNP":256}}}""",
        "$.Packages.p.Snp.MinimumTCB.SNP",
        "json: cannot unmarshal number 256 into Go struct field SnpTcb.Packages.Snp.MinimumTCB.SNP of type uint8")]
    [InlineData(
        """{"Snp":{"MinimumGuestSVN":4294967296}}""",
        "$.Packages.p.Snp.MinimumGuestSVN",
        "json: cannot unmarshal number 4294967296 into Go struct field SnpProperties.Packages.Snp.MinimumGuestSVN of type uint32")]
    public void Parse_MalformedExtension_IsAnErrorAtItsPlace(string package, string path, string message)
    {
        Assert.False(ManifestParser.TryParse(Encoding.UTF8.GetBytes(Text(package)), out _, out ImmutableArray<ManifestProblem> problems));

        Assert.Equal((ManifestSeverity.Error, path, message), (problems[0].Severity, problems[0].Path, problems[0].Message));
        Assert.Equal(1, problems[0].Line);
        Assert.True(problems[0].Column > 1);
    }

    [Theory]
    [InlineData("Tdx", "MRTD", 96)]
    [InlineData("Tdx", "RTMR0", 96)]
    [InlineData("Tdx", "RTMR1", 96)]
    [InlineData("Tdx", "RTMR2", 96)]
    [InlineData("Tdx", "RTMR3", 96)]
    [InlineData("Tdx", "MRSEAM", 96)]
    [InlineData("Tdx", "TDAttributes", 16)]
    [InlineData("Tdx", "MRServiceTD", 96)]
    [InlineData("Tdx", "MinimumTEETCBSVN", 32)]
    [InlineData("Snp", "Measurement", 96)]
    [InlineData("Snp", "HostData", 64)]
    [InlineData("Snp", "FamilyID", 32)]
    [InlineData("Snp", "ImageID", 32)]
    [InlineData("Snp", "IDKeyDigest", 96)]
    [InlineData("Snp", "AuthorKeyDigest", 96)]
    public void Validate_HexOfAnotherForm_IsAnErrorAtItsPlace(string section, string member, int digits)
    {
        string right = new('a', digits);
        string[] wrong = [string.Empty, right[1..], right + "a", "0x" + right[2..], "g" + right[1..], " " + right[1..]];
        Assert.DoesNotContain(Errors(right), p => p.Path.EndsWith(member, StringComparison.Ordinal));
        foreach (string value in wrong)
        {
            ManifestProblem problem = Assert.Single(Errors(value), p => p.Path == $"$.Packages.p.{section}.{member}");
            Assert.Equal($"{member} is not made of {digits} hexadecimal digits", problem.Message);
            Assert.NotNull(problem.Suggestion);
            Assert.True(problem is { Line: 1, Column: > 1 });
        }

        IEnumerable<ManifestProblem> Errors(string value) =>
            ManifestChecker.Check(WithPackage($$"""{"{{section}}":{"{{member}}":"{{value}}"} }""")).Problems
                .Where(p => p.Severity == ManifestSeverity.Error);
    }

    [Theory]
    [InlineData("""{"Snp":{"VMPL":4}}""", "$.Packages.p.Snp.VMPL", "VMPL 4 does not exist")]
    [InlineData(
        """{"Snp":{"Policy":"0x3","PolicyMask":"0x1"}}""",
        "$.Packages.p.Snp.Policy",
        "Policy has bits that PolicyMask leaves out, which would not be compared")]
    [InlineData("""{"Snp":{"CSPID":""}}""", "$.Packages.p.Snp.CSPID", "CSPID is empty")]
    [InlineData(
        """{"Snp":{"DeniedChipIDs":["00"]}}""",
        "$.Packages.p.Snp.DeniedChipIDs",
        "chip id 00 is not made of 128 hexadecimal digits, or 16 for Turin")]
    [InlineData(
        """{"Snp":{"AcceptedChipIDs":[null]}}""",
        "$.Packages.p.Snp.AcceptedChipIDs",
        "chip id  is not made of 128 hexadecimal digits, or 16 for Turin")]
    [InlineData(
        """{"Platforms":{"DeniedFMSPCs":["00606A00"]}}""",
        "$.Packages.p.Platforms.DeniedFMSPCs",
        "FMSPC 00606A00 is not made of 12 hexadecimal digits")]
    [InlineData(
        """{"Platforms":{"AllowedPlatforms":["00"]}}""",
        "$.Packages.p.Platforms.AllowedPlatforms",
        "platform 00 is not made of 64 hexadecimal digits")]
    [Trait("Security", "B11")]
    public void Validate_ValueThatWouldNeverBeCompared_IsAnError(string package, string path, string message)
    {
        ManifestProblem problem = Assert.Single(
            ManifestChecker.Check(WithPackage(package)).Problems, p => p.Path == path && p.Severity == ManifestSeverity.Error);

        Assert.Equal(message, problem.Message);
    }

    [Theory]
    [InlineData("""{"Tdx":{}}""", "manifest misses value for Tdx.MRTD in package p")]
    [InlineData("""{"Tdx":{"MinimumTEETCBSVN":"00000000000000000000000000000000"}}""", "manifest misses value for Tdx.MRTD in package p")]
    [InlineData("""{"Snp":{}}""", "manifest misses value for Snp.Measurement in package p")]
    [InlineData("""{"Snp":{"VMPL":0,"MinimumGuestSVN":1}}""", "manifest misses value for Snp.Measurement in package p")]
    [InlineData("""{"Platforms":{"AllowedFMSPCs":["00606A000000"]}}""", "manifest misses value for SignerID in package p")]
    public void Validate_PackageThatPinsNoCode_IsAnError(string package, string message)
    {
        Assert.Contains(message, ManifestSamples.Errors(WithPackage(package)));
        Assert.Empty(ManifestSamples.Errors(WithPackage("{\"Debug\":true," + package[1..])));
    }

    [Fact]
    public void Validate_PackageOfEveryPlatform_NeedsEachToBePinned()
    {
        string sgx = $"\"UniqueID\":\"{s_32}\"", tdx = $"\"Tdx\":{{\"MRTD\":\"{s_48}\"}}", snp = $"\"Snp\":{{\"Measurement\":\"{s_48}\"}}";
        string signed = $$"""{"Snp":{"IDKeyDigest":"{{s_48}}","ImageID":"{{s_16}}","MinimumGuestSVN":0} }""";

        Assert.Empty(ManifestSamples.Errors(WithPackage($"{{{sgx},{tdx},{snp}}}")));
        Assert.Empty(ManifestSamples.Errors(WithPackage($"{{{tdx}}}")));
        Assert.Empty(ManifestSamples.Errors(WithPackage($"{{{snp}}}")));
        Assert.Empty(ManifestSamples.Errors(WithPackage(signed)));
        Assert.Equal(
            ["manifest misses value for ProductID in package p", "manifest misses value for SecurityVersion in package p"],
            ManifestSamples.Errors(WithPackage($"{{\"SignerID\":\"{s_32}\",{tdx}}}")));
        Assert.Equal(
            ["manifest misses value for Snp.Measurement in package p"], ManifestSamples.Errors(WithPackage($"{{{sgx},\"Snp\":{{}}}}")));
    }

    [Fact]
    public void Validate_TdxWithoutKernel_Warns()
    {
        Manifest manifest = WithPackage($$"""{"Tdx":{"MRTD":"{{s_48}}","RTMR1":"{{s_48}}"} }""");

        ManifestProblem warning = Assert.Single(ManifestChecker.Check(manifest).Problems);

        Assert.Equal(
            ("$.Packages.p.Tdx", ManifestSeverity.Warning,
                "Tdx leaves RTMR1 or RTMR2 open: any kernel, command line and initial RAM disk are accepted"),
            (warning.Path, warning.Severity, warning.Message));
    }

    [Theory]
    [InlineData(
        "",
        "the level of its firmware (MinimumTCB), the privilege level that requested the report (VMPL), the host's data at launch "
        + "(HostData)")]
    [InlineData(",\"VMPL\":0", "the level of its firmware (MinimumTCB), the host's data at launch (HostData)")]
    [InlineData(
        ",\"MinimumTCB\":{\"SNP\":23}", "the privilege level that requested the report (VMPL), the host's data at launch (HostData)")]
    [Trait("Security", "B5")]
    [Trait("Security", "B6")]
    public void Validate_SnpWithAMeasurementAlone_WarnsOfWhatIsOpen(string more, string open)
    {
        Manifest manifest = WithPackage($$$"""{"Snp":{"Measurement":"{{{s_48}}}"{{{more}}}}}""");

        ManifestProblem warning = Assert.Single(ManifestChecker.Check(manifest).Problems);

        Assert.Equal(
            ("$.Packages.p.Snp", ManifestSeverity.Warning, $"Snp leaves open {open}"), (warning.Path, warning.Severity, warning.Message));
        Assert.Contains("kernel hashes", warning.Suggestion, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Snp", ".Policy", "\"PolicyMask\":\"0x20000\",\"Policy\":\"0x0\"")]
    [InlineData("Snp", ".Policy", "\"PolicyMask\":\"0x4000000\",\"Policy\":\"0x4000000\"")]
    [InlineData("Snp", ".Policy", "\"PolicyMask\":\"0x80000\",\"Policy\":\"0x80000\"")]
    [InlineData("Snp", ".Policy", "\"PolicyMask\":\"0x40000\",\"Policy\":\"0x40000\"")]
    [InlineData("Snp", ".Policy", "\"PolicyMask\":\"0x10000\",\"Policy\":\"0x10000\",\"AllowSMT\":false")]
    [InlineData("Snp", ".DeniedProductLines", "\"AcceptedProductLines\":[\"Genoa\"],\"DeniedProductLines\":[\"Genoa\"]")]
    [InlineData("Snp", ".DeniedProductLines", "\"DeniedProductLines\":[\"Genoa\",\"Milan\",\"Turin\"]")]
    [InlineData("Snp", ".CSPID", "\"CSPID\":\"CN=a\",\"SigningKey\":\"VCEK\"")]
    [InlineData("Snp", ".AcceptedChipIDs", "\"AcceptedChipIDs\":[\"0011223344556677\"],\"DeniedChipIDs\":[\"0011223344556677\"]")]
    [InlineData("Snp", ".MinimumTCB.FMC", "\"AcceptedProductLines\":[\"Genoa\"],\"MinimumLaunchTCB\":{\"FMC\":1}")]
    [InlineData("Tdx", ".TDAttributes", "\"TDAttributes\":\"0100000000000000\"")]
    [InlineData("Platforms", ".AllowedFMSPCs", "\"AllowedFMSPCs\":[\"00606a000000\"],\"DeniedFMSPCs\":[\"00606A000000\"]")]
    [Trait("Security", "B11")]
    public void Validate_WhatNoMachineCanSatisfy_Warns(string section, string member, string content)
    {
        string pin = section switch
        {
            "Snp" => $"\"Measurement\":\"{s_48}\",\"MinimumTCB\":{{}},\"VMPL\":0,",
            "Tdx" => $"\"MRTD\":\"{s_48}\",\"RTMR1\":\"{s_48}\",\"RTMR2\":\"{s_48}\",",
            _ => string.Empty,
        };
        string package = section == "Platforms"
            ? $"\"UniqueID\":\"{s_32}\",\"Platforms\":{{{content}}}"
            : $"\"{section}\":{{{pin}{content}}}";

        ManifestProblem warning = Assert.Single(ManifestChecker.Check(WithPackage($"{{{package}}}")).Problems);

        Assert.Equal(($"$.Packages.p.{section}{member}", ManifestSeverity.Warning), (warning.Path, warning.Severity));
        Assert.EndsWith(", so no machine ever matches", warning.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Parse_PackageTwice_KeepsNothingOfTheFirst()
    {
        Manifest manifest = ManifestSamples.Parse($$"""{"Packages":{"p":{"Tdx":{"MRTD":"{{s_48}}"} },"p":{"Snp":null} } }""");

        Assert.Equal(new PackageProperties(), manifest.Packages["p"]);
    }

    [Fact]
    public void ToRequirement_Infrastructure_TakesEveryMember()
    {
        InfrastructureProperties infrastructure =
            ManifestSamples.Parse(
                """{"Infrastructures":{"i":{"CPUSVN":[1,2],"QESVN":3,"PCESVN":4,"RootCA":"AQI="}}}""").Infrastructures["i"];

        PlatformRequirement requirement = infrastructure.ToRequirement("i");

        Assert.Equal(("i", (ushort?)3, (ushort?)4), (requirement.Name, requirement.MinimumQeSvn, requirement.MinimumPceSvn));
        Assert.Equal([1, 2], requirement.MinimumCpuSvn.ToArray());
        Assert.Equal([1, 2], requirement.RootCa.ToArray());
    }

    private static Manifest WithPackage(string package) => ManifestSamples.Parse(Text(package));

    private static string Text(string package) =>
        $$"""{"Packages":{"p":{{package.ReplaceLineEndings(" ")}}},"Marbles":{"m":{"Package":"p"} } }""";
}
