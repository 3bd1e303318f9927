using System.Net;
using System.Text.Json.Nodes;
using MarbleRun.Coordinator.Tests.Manifests;

namespace MarbleRun.Coordinator.Tests.Users;

/// <summary>How roles add up, and when a permission is gone.</summary>
public sealed class PermissionTests
{
    [Fact]
    [Trait("Security", "E1")]
    public async Task Roles_WithTheSameAction_AddUpAndDoNotMixWithOthers()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync(m =>
        {
            m["Roles"]!["one"] = Role("Secrets", "READSECRET", "shared");
            m["Roles"]!["two"] = Role("Secrets", "readSecret", "text");
            m["Roles"]!["three"] = Role("Secrets", "WriteSecret", "upload");
            m["Roles"]!["app"] = Role("Packages", "updateSecurityVersion", "app");
            m["Users"]!["nora"]!["Roles"] = new JsonArray("one", "two", "three", "app");
        });

        (await mesh.SendAsync(mesh.Nora, "/secrets?s=shared&s=text")).Require();
        (await mesh.SendAsync(mesh.Nora, "/secrets?s=shared&s=upload")).AssertError(
            HttpStatusCode.BadRequest, "user nora is not allowed to read one or more secrets of: [shared upload]");
        (await mesh.SendAsync(mesh.Nora, "/secrets", "{\"text\":{\"Key\":\"AA==\"}}")).AssertError(
            HttpStatusCode.BadRequest, "user nora is not allowed to update secret: text");
        (await mesh.SendAsync(mesh.Nora, "/update", "{\"Packages\":{\"app\":{\"SecurityVersion\":1}}}")).Require();
        (await mesh.SendAsync(mesh.Nora, "/update", "{\"Packages\":{\"app\":{\"SecurityVersion\":1},\"signed\":{\"SecurityVersion\":1}}}"))
            .AssertError(
                HttpStatusCode.BadRequest, "user nora is not allowed to update one or more packages of [app signed]");
        (await mesh.SendAsync(mesh.Nora, "/update", mesh.Manifest())).AssertError(
            HttpStatusCode.BadRequest, "user nora is not allowed to update the complete manifest");
    }

    [Fact]
    [Trait("Security", "E1")]
    [Trait("Security", "C6")]
    public async Task Permission_TakenByAnUpdate_IsGoneOnConnectionsOfBefore()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync(m => m["Config"]!["UpdateThreshold"] = 1);
        using var rita = ShownCertificates.To(mesh.Host, mesh.Rita.Certificate);
        using var will = ShownCertificates.To(mesh.Host, mesh.Will.Certificate);
        Assert.StartsWith("200 ", await rita.SendAsync("/secrets?s=shared", null), StringComparison.Ordinal);
        Assert.StartsWith("200 ", await will.SendAsync("/secrets", "{\"text\":{\"Key\":\"AA==\"}}"), StringComparison.Ordinal);

        (await mesh.StartUpdateAsync(mesh.Anna, mesh.Manifest(m =>
        {
            m["Users"]!.AsObject().Remove("rita");
            m["Roles"]!["write"]!["ResourceNames"] = new JsonArray("upload");
        }))).Require();

        Assert.StartsWith("401 ", await rita.SendAsync("/secrets?s=shared", null), StringComparison.Ordinal);
        Assert.StartsWith("400 ", await will.SendAsync("/secrets", "{\"text\":{\"Key\":\"AA==\"}}"), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Security", "E1")]
    public async Task Update_CertificateOfAUserReplaced_TheOldOneIsUnknown()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync(m => m["Config"]!["UpdateThreshold"] = 1);
        using var renewed = new Secrets.UserClient("rita");

        (await mesh.StartUpdateAsync(mesh.Anna, mesh.Manifest(m => m.AddUser("rita", renewed, "read")))).Require();

        Assert.Equal(HttpStatusCode.Unauthorized, (await mesh.SendAsync(mesh.Rita, "/secrets?s=shared")).Status);
        (await mesh.SendAsync(renewed, "/secrets?s=shared")).Require();
    }

    [Theory]
    [InlineData("manifest", "UpdateManifest", "unrecognized resource type: {manifest [] [UpdateManifest]} for role: odd")]
    [InlineData("Manifest", "ReadSecret", "unknown action: ReadSecret for type Manifest in role: odd")]
    [InlineData("Secrets", "UpdateManifest", "unknown action: UpdateManifest for type Secrets in role: odd")]
    public async Task Update_RoleThatIsInvalid_IsRefused(string type, string action, string message)
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();

        (await mesh.StartUpdateAsync(mesh.Anna, mesh.Manifest(m => m["Roles"]!["odd"] = Role(type, action)))).AssertError(
            HttpStatusCode.InternalServerError, $"invalid manifest: {message}");
    }

    [Fact]
    [Trait("Security", "E2")]
    public async Task Update_SameCertificateInAnotherText_IsRefused()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();

        Answer answer = await mesh.StartUpdateAsync(
            mesh.Anna, mesh.Manifest(
                m => m["Users"]!["bert"]!["Certificate"] = "\n" + m["Users"]!["anna"]!["Certificate"]!.GetValue<string>() + "\n\n"));

        Assert.False(answer.IsSuccess);
        Assert.EndsWith("manifest contains the same certificate for users anna and bert", answer.Message, StringComparison.Ordinal);
    }

    private static JsonObject Role(string type, string action, params string[] names) => new()
    {
        ["ResourceType"] = type,
        ["ResourceNames"] = new JsonArray([.. names.Select(n => JsonValue.Create(n))]),
        ["Actions"] = new JsonArray(action),
    };
}
