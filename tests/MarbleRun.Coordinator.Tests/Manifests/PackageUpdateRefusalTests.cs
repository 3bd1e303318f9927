using System.Net;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.Tests.Secrets;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Manifests;

/// <summary>Every reason to refuse an update of packages, in both generations of the API.</summary>
public sealed class PackageUpdateRefusalTests(GovernedFixture fixture) : IClassFixture<GovernedFixture>
{
    private readonly GovernedMesh _mesh = fixture.Mesh;

    [Theory]
    [Trait("Security", "E1")]
    [Trait("Security", "E3")]
    [InlineData(
        "anna", """{"Packages":{"app":{"SecurityVersion":5}}}""", "user anna is not allowed to update one or more packages of [app]")]
    [InlineData(
        "nora",
        """{"Packages":{"signed":{"SecurityVersion":5},"app":{"SecurityVersion":5}}}""",
        "user nora is not allowed to update one or more packages of [app signed]")]
    [InlineData("anna", "{}", "user anna is not allowed to update one or more packages of []")]
    [InlineData("anna", """{"Config":{"UpdateThreshold":1}}""", "user anna is not allowed to update one or more packages of []")]
    [InlineData(
        "paul",
        """{"Packages":{"app":{"SecurityVersion":5},"nope":{"SecurityVersion":5}}}""",
        "user paul is not allowed to update one or more packages of [app nope]")]
    [InlineData("paul", "{}", "checking update manifest: no packages defined")]
    [InlineData("paul", "null", "checking update manifest: no packages defined")]
    [InlineData("paul", """{"Config":{"UpdateThreshold":1}}""", "checking update manifest: no packages defined")]
    [InlineData(
        "paul",
        """{"Packages":{},"Marbles":{},"Users":{},"Roles":{},"Secrets":{},"TLS":{},"RecoveryKeys":{},"Infrastructures":{}}""",
        "checking update manifest: no packages defined")]
    [InlineData(
        "paul",
        """{"Packages":{"app":{"SecurityVersion":5,"Debug":true}}}""",
        "checking update manifest: update manifest contains unupdatable values")]
    [InlineData(
        "paul",
        """{"Packages":{"app":{"SecurityVersion":5,"UniqueID":"CURRENT"}}}""",
        "checking update manifest: update manifest contains unupdatable values")]
    [InlineData(
        "paul",
        """{"Packages":{"signed":{"SecurityVersion":5,"SignerID":"00"}}}""",
        "checking update manifest: update manifest contains unupdatable values")]
    [InlineData(
        "paul",
        """{"Packages":{"signed":{"SecurityVersion":5,"ProductID":0}}}""",
        "checking update manifest: update manifest contains unupdatable values")]
    [InlineData(
        "paul", """{"Packages":{"signed":{"ProductID":1}}}""", "checking update manifest: update manifest contains unupdatable values")]
    [InlineData(
        "paul",
        """{"Packages":{"signed":{"SecurityVersion":5,"Tdx":{"MRTD":"00"}}}}""",
        "checking update manifest: update manifest contains unupdatable values")]
    [InlineData(
        "paul", """{"Packages":{"app":{}}}""", "checking update manifest: update manifest does not specify a SecurityVersion to update")]
    [InlineData(
        "paul",
        """{"Packages":{"app":{"Debug":false,"SecurityVersion":null}}}""",
        "checking update manifest: update manifest does not specify a SecurityVersion to update")]
    [InlineData(
        "paul",
        """{"Packages":{"signed":{"SecurityVersion":0}}}""",
        "checking update manifest: update manifest tries to downgrade SecurityVersion of the original manifest")]
    [InlineData(
        "paul",
        """{"Packages":{"signed":{"SecurityVersion":70000}}}""",
        "checking update manifest: SecurityVersion 70000 is above 65535: an SGX report has 16 bits for it, so no enclave would ever match")]
    [InlineData(
        "paul",
        """{"Packages":{"app":{"SecurityVersion":65536}}}""",
        "checking update manifest: SecurityVersion 65536 is above 65535: an SGX report has 16 bits for it, so no enclave would ever match")]
    [Case("client-api", "Package update by one who may not")]
    [Case("client-api", "Package update with an unknown package beside a known one")]
    [Case("client-api", "Package update to debug")]
    [Case("client-api", "Package update without a version")]
    [Case("client-api", "Package update to a version below the first")]
    [Case("client-api", "Package update without packages")]
    [Case("manifest", "Numbers of packages that no report holds are refused")]
    [Case("updates-and-users", "Packages without the permission, their names in order")]
    [Case("updates-and-users", "An empty document, by one who may and one who may not")]
    [Case("updates-and-users", "A document of `Config` alone")]
    [Case("updates-and-users", "A package that the manifest does not have")]
    [Case("updates-and-users", "Members of a package that cannot be updated")]
    [Case("updates-and-users", "A package update without SecurityVersion")]
    public async Task Start_PackageUpdateThatBreaksARule_IsRefusedWithItsWordsAndChangesNothing(string user, string update, string message)
    {
        CoordinatorState before = _mesh.State;
        string manifest = update.Replace("CURRENT", _mesh.Host.Platform.MeasureRunningProcess().UniqueId, StringComparison.Ordinal);

        (await _mesh.SendAsync(UserOf(user), "/update", manifest)).AssertError(HttpStatusCode.BadRequest, message);
        (await _mesh.StartUpdateAsync(UserOf(user), manifest)).AssertError(HttpStatusCode.InternalServerError, message);
        (await _mesh.StartUpdateAsync(UserOf(user), manifest, "?dryRun=true")).AssertError(HttpStatusCode.InternalServerError, message);

        Assert.Same(before, _mesh.State);
    }

    [Theory]
    [Trait("Security", "G3")]
    [InlineData("")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("""{"Packages":{"app":{"SecurityVersion":-1}}}""")]
    [InlineData("""{"Packages":{"app":{"SecurityVersion":4.0}}}""")]
    [InlineData("""{"Packages":{"app":{"SecurityVersion":5}}} x""")]
    [Case("updates-and-users", "Text that is not a manifest")]
    public async Task Start_TextThatIsNoManifest_IsRefusedBeforeAnythingElse(string text)
    {
        CoordinatorState before = _mesh.State;

        Answer v1 = await _mesh.SendAsync(_mesh.Nora, "/update", text);
        Answer v2 = await _mesh.StartUpdateAsync(_mesh.Nora, text);

        Assert.StartsWith("unmarshaling update manifest: ", v1.Message, StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode.BadRequest, HttpStatusCode.InternalServerError), (v1.Status, v2.Status));
        Assert.Equal(v1.Body, v2.Body);
        Assert.Same(before, _mesh.State);
    }

    [Theory]
    [Trait("Security", "G3")]
    [InlineData("update", "", "EOF")]
    [InlineData("update", "{\"manifest\":\"*\"}", "illegal base64 data at input byte 0")]
    [InlineData("update", "{\"manifest\":", null)]
    [InlineData("update", "{\"manifest\":7}", null)]
    [InlineData("update", "[]", null)]
    [InlineData("update-manifest", "", "EOF")]
    [InlineData("update-manifest", "{\"manifest\":\"*\"}", "illegal base64 data at input byte 0")]
    [InlineData("update-manifest", "{\"manifest\":7}", null)]
    public async Task Post_BodyThatCannotBeDecoded_Is400Fail(string path, string body, string? message)
    {
        Answer answer = await _mesh.SendAsync(_mesh.Anna, $"/api/v2/{path}", body);

        Assert.Equal((HttpStatusCode.BadRequest, "application/json"), (answer.Status, answer.ContentType));
        Assert.StartsWith("{\"status\":\"fail\",\"data\":null,\"message\":\"" + message, answer.Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("dryRun")]
    [InlineData("allowDowngrade")]
    public async Task Post_MistypedSwitch_Is400(string name)
    {
        Answer answer = await _mesh.StartUpdateAsync(_mesh.Anna, _mesh.Manifest(), $"?{name}=yes");

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Null(_mesh.State.PendingUpdate);
    }

    private UserClient UserOf(string name) => name switch { "anna" => _mesh.Anna, "paul" => _mesh.Paul, _ => _mesh.Nora };
}
