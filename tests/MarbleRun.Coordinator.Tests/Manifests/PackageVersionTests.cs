using System.Net;
using System.Text.Json.Nodes;
using Grpc.Core;
using MarbleRun.Coordinator.State;

namespace MarbleRun.Coordinator.Tests.Manifests;

/// <summary>Security versions for packages that name no SGX code: they would let in everybody's enclaves.</summary>
public sealed class PackageVersionTests
{
    private const string Refused =
        "checking update manifest: update manifest specifies a SecurityVersion for a package that names no SGX code";

    private static readonly string s_48 = string.Concat(Enumerable.Repeat("ab", 48));

    private static readonly string s_td = $$$"""{"Tdx":{"MRTD":"{{{s_48}}}"} }""";
    private static readonly string s_snp = $$$"""{"Snp":{"Measurement":"{{{s_48}}}"} }""";

    [Theory]
    [Trait("Security", "E1")]
    [Trait("Security", "E3")]
    [InlineData("td")]
    [InlineData("snp")]
    [InlineData("both")]
    public async Task Start_VersionForAPackageWithoutSgxCode_IsRefusedAndNoEnclaveIsLetIn(string package)
    {
        await using GovernedMesh mesh = await StartAsync();
        CoordinatorState before = mesh.State;
        string update = Update(package);

        (await mesh.SendAsync(mesh.Paul, "/update", update)).AssertError(HttpStatusCode.BadRequest, Refused);
        (await mesh.StartUpdateAsync(mesh.Paul, update)).AssertError(HttpStatusCode.InternalServerError, Refused);
        (await mesh.StartUpdateAsync(mesh.Paul, update, "?dryRun=true")).AssertError(HttpStatusCode.InternalServerError, Refused);

        Assert.Same(before, mesh.State);
        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => mesh.ActivateAsync(package));
        Assert.Equal(StatusCode.PermissionDenied, refused.StatusCode);
    }

    [Fact]
    [Trait("Security", "E3")]
    public async Task Start_VersionsOfWhichOneIsForATdAlone_AreAllRefused()
    {
        await using GovernedMesh mesh = await StartAsync();
        CoordinatorState before = mesh.State;

        (await mesh.StartUpdateAsync(mesh.Paul, """{"Packages":{"signed":{"SecurityVersion":9},"td":{"SecurityVersion":0}}}"""))
            .AssertError(HttpStatusCode.InternalServerError, Refused);

        Assert.Same(before, mesh.State);
    }

    [Theory]
    [Trait("Security", "E1")]
    [InlineData("app")]
    [InlineData("signed")]
    [InlineData("mixed")]
    public async Task Start_VersionForAPackageWithSgxCode_IsTakenAndEnforced(string package)
    {
        await using GovernedMesh mesh = await StartAsync();
        await mesh.ActivateAsync(package == "app" ? "web" : package);

        (await mesh.StartUpdateAsync(mesh.Paul, Update(package, 60_000))).Require();

        Assert.Equal(60_000UL, mesh.State.FindPackage(package)!.SecurityVersion);
        await Assert.ThrowsAsync<RpcException>(() => mesh.ActivateAsync(package == "app" ? "web" : package));
    }

    private static string Update(string package, int version = 0) =>
        $$"""{"Packages":{"{{package}}":{"SecurityVersion":{{version}} } } }""";

    private static Task<GovernedMesh> StartAsync() => GovernedMesh.StartAsync(m =>
    {
        JsonNode td = JsonNode.Parse(s_td)!;
        JsonNode both = JsonNode.Parse(s_td)!;
        both["Snp"] = JsonNode.Parse(s_snp)!["Snp"]!.DeepClone();
        JsonNode mixed = JsonNode.Parse(s_td)!;
        mixed["UniqueID"] = m["Packages"]!["app"]!["UniqueID"]!.DeepClone();
        foreach ((string name, JsonNode package) in ((string, JsonNode)[])[
            ("td", td),
            ("snp", JsonNode.Parse(s_snp)!),
            ("both", both),
            ("mixed", mixed),
        ])
        {
            m["Packages"]![name] = package;
            m["Marbles"]![name] = new JsonObject { ["Package"] = name };
        }

        m["Roles"]!["raise"]!["ResourceNames"] = new JsonArray("app", "signed", "td", "snp", "both", "mixed");
    });
}
