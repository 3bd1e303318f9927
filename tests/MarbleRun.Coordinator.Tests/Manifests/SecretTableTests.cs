using System.Security.Cryptography.X509Certificates;
using System.Text.Json.Nodes;
using Grpc.Core;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Manifests;

/// <summary>What a full update makes of each kind of secret and of its value before, as Marbles see it.</summary>
public sealed class SecretTableTests
{
    private const string Uuid = "0a0b0c0d-0001-4203-8405-060708090a0b";

    [Fact]
    [Trait("Security", "E5")]
    [Case("client-api", "User-defined values are kept")]
    [Case("updates-and-users", "Same shared certificate: a new one, and the old one as the value before")]
    [Case("updates-and-users", "Same certificate of one Marble: new for each activation")]
    [Case("updates-and-users", "Same keys without rotation")]
    public async Task Update_SameDefinitions_KeepsKeysAndReissuesCertificates()
    {
        await using GovernedMesh mesh = await OneManagerAsync();
        (await mesh.UploadAsync("upload", [.. Enumerable.Repeat((byte)1, 16)])).Require();
        Dictionary<string, string> first = await mesh.ActivateAsync(uuid: Uuid);
        Assert.Equal(
            (first["SHARED"], first["PRIVATE"], first["CERT"], first["LOOSE"]),
            (first["SHARED_BEFORE"], first["PRIVATE_BEFORE"], first["CERT_BEFORE"], first["LOOSE_BEFORE"]));

        Dictionary<string, string> second = await UpdateAsync(
            mesh, m => m["Secrets"]!["cert"]!["Cert"]!["Subject"]!["CommonName"] = "second");
        Dictionary<string, string> third = await UpdateAsync(
            mesh, m => m["Secrets"]!["cert"]!["Cert"]!["Subject"]!["CommonName"] = "third");

        Assert.Equal((first["SHARED"], first["SHARED"]), (second["SHARED"], second["SHARED_BEFORE"]));
        Assert.Equal((first["PRIVATE"], first["PRIVATE"]), (third["PRIVATE"], third["PRIVATE_BEFORE"]));
        Assert.Equal((first["SHARED"], first["SHARED"]), (third["SHARED"], third["SHARED_BEFORE"]));
        Assert.Equal((first["CERT"], second["CERT"]), (second["CERT_BEFORE"], third["CERT_BEFORE"]));
        Assert.Equal((first["LOOSE"], second["LOOSE"]), (second["LOOSE_BEFORE"], third["LOOSE_BEFORE"]));
        Assert.Equal(["CN=first", "CN=second", "CN=third"], ((string[])[first["CERT"], second["CERT"], third["CERT"]]).Select(Subject));
        Assert.Equal(5, new[] { first["OWN"], second["OWN"], third["OWN"], second["OWN_BEFORE"], third["OWN_BEFORE"] }.Distinct().Count());
        Assert.Equal("01010101010101010101010101010101", (await mesh.ActivateAsync("uploaded"))["UPLOAD"]);
    }

    [Fact]
    [Trait("Security", "E5")]
    [Case("client-api", "Rotation changes the root secret and the keys, and the ones before can be reached")]
    [Case("updates-and-users", "Same shared key with rotation")]
    [Case("updates-and-users", "Same key of one Marble with rotation")]
    [Case("updates-and-users", "A rotation, then an update without one")]
    public async Task Update_RotatesThenDoesNot_PreviousReachesOverTheSecondUpdate()
    {
        await using GovernedMesh mesh = await OneManagerAsync();
        Dictionary<string, string> first = await mesh.ActivateAsync(uuid: Uuid);

        Dictionary<string, string> rotated = await UpdateAsync(mesh, m => m["Config"]!["RotateRootSecret"] = true);
        Dictionary<string, string> kept = await UpdateAsync(mesh, _ => { });
        await mesh.RestartAsync();
        Dictionary<string, string> restarted = await mesh.ActivateAsync(uuid: Uuid);
        Dictionary<string, string> again = await UpdateAsync(mesh, m => m["Config"]!["RotateRootSecret"] = true);

        Assert.NotEqual(first["SHARED"], rotated["SHARED"]);
        Assert.NotEqual(first["PRIVATE"], rotated["PRIVATE"]);
        Assert.Equal((first["SHARED"], first["PRIVATE"]), (rotated["SHARED_BEFORE"], rotated["PRIVATE_BEFORE"]));
        Assert.Equal(Keys(rotated), Keys(kept));
        Assert.Equal(Keys(rotated), Keys(restarted));
        Assert.Equal((rotated["CERT"], kept["CERT"]), (kept["CERT_BEFORE"], again["CERT_BEFORE"]));

        // One generation back and no further.
        Assert.Equal((rotated["SHARED"], rotated["PRIVATE"]), (again["SHARED_BEFORE"], again["PRIVATE_BEFORE"]));
        Assert.Equal(3, new[] { first["SHARED"], rotated["SHARED"], again["SHARED"] }.Distinct().Count());
        Assert.Equal(3, new[] { first["PRIVATE"], rotated["PRIVATE"], again["PRIVATE"] }.Distinct().Count());
    }

    [Fact]
    [Case("client-api", "Changed definitions are generated again")]
    [Case("updates-and-users", "Changed definition of a generated secret")]
    [Case("updates-and-users", "Changed definition of a user-defined secret")]
    public async Task Update_ChangedDefinitions_BeginAnewWithoutAValueBefore()
    {
        await using GovernedMesh mesh = await OneManagerAsync();
        (await mesh.UploadAsync("upload", [.. Enumerable.Repeat((byte)1, 16)])).Require();
        Dictionary<string, string> first = await mesh.ActivateAsync(uuid: Uuid);

        Dictionary<string, string> second = await UpdateAsync(mesh, m =>
        {
            m["Secrets"]!["shared"]!["Size"] = 128;
            m["Secrets"]!["cert"]!["ValidFor"] = 8;
            m["Secrets"]!["upload"]!["Size"] = 256;
        });

        Assert.Equal((32, second["SHARED"]), (second["SHARED"].Length, second["SHARED_BEFORE"]));
        Assert.NotEqual(first["SHARED"][..32], second["SHARED"]);
        Assert.NotEqual(first["CERT"], second["CERT"]);
        Assert.Equal(second["CERT"], second["CERT_BEFORE"]);
        await ValueIsMissingAsync(mesh, "uploaded");
        await ValueIsMissingAsync(mesh, "before");
    }

    [Fact]
    [Case("updates-and-users", "A certificate without ValidFor is not changed by its default")]
    public async Task Update_ValidForThatIsTheDefaultAnyway_IsNoChange()
    {
        await using GovernedMesh mesh = await OneManagerAsync();
        Dictionary<string, string> first = await mesh.ActivateAsync();

        Dictionary<string, string> second = await UpdateAsync(mesh, m => m["Secrets"]!["loose"]!["ValidFor"] = 365);

        Assert.Equal(first["LOOSE"], second["LOOSE_BEFORE"]);
    }

    [Fact]
    [Case("client-api", "User-defined values are kept")]
    [Case("updates-and-users", "Secret removed from the manifest")]
    [Case("updates-and-users", "Same user-defined secret, also with another certificate template")]
    public async Task Update_UserDefined_KeepsItsValueWithAnotherTemplateAndLosesItWhenItWasGone()
    {
        await using GovernedMesh mesh = await OneManagerAsync();
        (await mesh.UploadAsync("upload", [.. Enumerable.Repeat((byte)1, 16)])).Require();
        (await mesh.UploadAsync("upload", [.. Enumerable.Repeat((byte)2, 16)])).Require();

        await UpdateAsync(
            mesh, m => m["Secrets"]!["upload"]!["Cert"] = new JsonObject { ["Subject"] = new JsonObject { ["CommonName"] = "x" } });
        Assert.Equal("02020202020202020202020202020202", (await mesh.ActivateAsync("uploaded"))["UPLOAD"]);

        await UpdateAsync(mesh, m =>
        {
            m["Secrets"]!.AsObject().Remove("upload");
            m["Marbles"]!.AsObject().Remove("uploaded");
            m["Marbles"]!.AsObject().Remove("before");
            m["Roles"]!["read"]!["ResourceNames"] = new JsonArray("shared", "cert");
            m["Roles"]!["write"]!["ResourceNames"] = new JsonArray("text");
        });
        RpcException unknown = await Assert.ThrowsAsync<RpcException>(() => mesh.ActivateAsync("uploaded"));
        await UpdateAsync(mesh, _ => { });

        Assert.Equal(StatusCode.PermissionDenied, unknown.StatusCode);
        await ValueIsMissingAsync(mesh, "uploaded");
        await ValueIsMissingAsync(mesh, "before");
    }

    [Fact]
    [Trait("Security", "E5")]
    [Case("updates-and-users", "The value before of a user-defined secret")]
    public async Task Upload_PreviousValue_IsTheOneBeforeAndNoUpdateTouchesIt()
    {
        await using GovernedMesh mesh = await OneManagerAsync();
        await UploadAsync(1);
        await ValueIsMissingAsync(mesh, "before");
        await UploadAsync(2);
        await UploadAsync(2);
        Assert.Equal((Hex(2), Hex(1)), await ReadAsync());

        await UpdateAsync(mesh, m => m["Config"]!["RotateRootSecret"] = true);
        (await mesh.StartUpdateAsync(mesh.Paul, "{\"Packages\":{\"signed\":{\"SecurityVersion\":1}}}")).Require();
        await mesh.RestartAsync();
        Assert.Equal((Hex(2), Hex(1)), await ReadAsync());
        await UploadAsync(3);
        Assert.Equal((Hex(3), Hex(2)), await ReadAsync());

        async Task UploadAsync(byte value) => (await mesh.UploadAsync("upload", [.. Enumerable.Repeat(value, 16)])).Require();

        async Task<(string Current, string Before)> ReadAsync() =>
            ((await mesh.ActivateAsync("uploaded"))["UPLOAD"], (await mesh.ActivateAsync("before"))["UPLOAD"]);

        static string Hex(byte value) => Convert.ToHexStringLower([.. Enumerable.Repeat(value, 16)]);
    }

    [Fact]
    [Trait("Security", "E5")]
    [Case("updates-and-users", "Secret removed from the manifest")]
    public async Task Update_RemovedAndAddedAgain_GeneratedKeysAreNew()
    {
        await using GovernedMesh mesh = await OneManagerAsync();
        Dictionary<string, string> first = await mesh.ActivateAsync();
        await StartAsync(mesh, m =>
        {
            m["Secrets"]!.AsObject().Remove("shared");
            m["Roles"]!["read"]!["ResourceNames"] = new JsonArray("cert");
            JsonObject environment = m["Marbles"]!["web"]!["Parameters"]!["Env"]!.AsObject();
            environment.Remove("SHARED");
            environment.Remove("SHARED_BEFORE");
        });

        Dictionary<string, string> second = await UpdateAsync(mesh, _ => { });

        Assert.NotEqual(first["SHARED"], second["SHARED"]);
        Assert.Equal(second["SHARED"], second["SHARED_BEFORE"]);
    }

    [Fact]
    [Case("updates-and-users", "New secret that is generated")]
    [Case("updates-and-users", "New secret that users give")]
    public async Task Update_NewSecrets_AreGeneratedOrEmpty()
    {
        await using GovernedMesh mesh = await OneManagerAsync();

        Dictionary<string, string> env = await UpdateAsync(mesh, m =>
        {
            m["Secrets"]!["fresh"] = new JsonObject { ["Type"] = "symmetric-key", ["Size"] = 64, ["Shared"] = true };
            m["Secrets"]!["given"] = new JsonObject { ["Type"] = "plain", ["UserDefined"] = true };
            m["Marbles"]!["web"]!["Parameters"]!["Env"]!["FRESH"] = "{{ hex .Secrets.fresh }} {{ hex .Previous.Secrets.fresh }}";
            m["Marbles"]!["signed"]!["Parameters"] = new JsonObject { ["Env"] = new JsonObject { ["GIVEN"] = "{{ hex .Secrets.given }}" } };
        });

        Assert.Matches("^([0-9a-f]{16}) \\1$", env["FRESH"]);
        await ValueIsMissingAsync(mesh, "signed");
    }

    [Fact]
    [Case("updates-and-users", "The end of a shared certificate after a full update")]
    public async Task Update_Certificates_AreProlonged()
    {
        await using GovernedMesh mesh = await OneManagerAsync();
        Dictionary<string, string> first = await mesh.ActivateAsync();

        Dictionary<string, string> second = await UpdateAsync(mesh, m => m["Secrets"]!["loose"]!["ValidFor"] = 30);

        using X509Certificate2 old = X509Certificate2.CreateFromPem(first["LOOSE"]);
        using X509Certificate2 next = X509Certificate2.CreateFromPem(second["LOOSE"]);
        Assert.InRange(old.NotAfter.ToUniversalTime() - DateTime.UtcNow, TimeSpan.FromDays(364), TimeSpan.FromDays(366));
        Assert.InRange(next.NotAfter.ToUniversalTime() - DateTime.UtcNow, TimeSpan.FromDays(29), TimeSpan.FromDays(31));
    }

    private static Task<GovernedMesh> OneManagerAsync() => GovernedMesh.StartAsync(m => m["Config"]!["UpdateThreshold"] = 1);

    private static async Task StartAsync(GovernedMesh mesh, Action<JsonObject> change)
    {
        string manifest = mesh.Manifest(m =>
        {
            m["Config"]!["UpdateThreshold"] = 1;
            change(m);
        });
        Assert.Equal(0, (await mesh.StartUpdateAsync(mesh.Anna, manifest)).Require().Data.GetProperty("missingAcknowledgments").GetInt32());
    }

    private static async Task<Dictionary<string, string>> UpdateAsync(GovernedMesh mesh, Action<JsonObject> change)
    {
        await StartAsync(mesh, change);
        return await mesh.ActivateAsync(uuid: Uuid);
    }

    private static async Task ValueIsMissingAsync(GovernedMesh mesh, string marbleType)
    {
        RpcException missing = await Assert.ThrowsAsync<RpcException>(() => mesh.ActivateAsync(marbleType));
        Assert.Equal(StatusCode.Internal, missing.StatusCode);
        Assert.EndsWith("tried to parse secret with empty value", missing.Status.Detail, StringComparison.Ordinal);
    }

    private static string Keys(Dictionary<string, string> env) =>
        string.Join(' ', env["SHARED"], env["SHARED_BEFORE"], env["PRIVATE"], env["PRIVATE_BEFORE"]);

    private static string Subject(string pem)
    {
        using X509Certificate2 certificate = X509Certificate2.CreateFromPem(pem);
        return certificate.Subject;
    }
}
