using System.Net;
using System.Text.Json.Nodes;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.State.Changes;
using MarbleRun.Coordinator.Tests.Recovery;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace MarbleRun.Coordinator.Tests.Manifests;

/// <summary>
/// Full updates that can't be put in force: refused when they are started, so that no user acknowledges them; or dropped with the last
/// acknowledgment.
/// </summary>
public sealed class FullUpdateRefusalTests(GovernedFixture fixture) : IClassFixture<GovernedFixture>
{
    private readonly GovernedMesh _mesh = fixture.Mesh;

    public static TheoryData<string, string> Faults => new()
    {
        { "package", "invalid manifest: manifest does not contain marble package nope" },
        { "role", "invalid manifest: manifest specifies role nope for user anna, but role does not exist" },
        { "empty certificate", "invalid manifest: manifest does not contain a certificate for user anna" },
        { "same certificate", "invalid manifest: manifest contains the same certificate for users anna and bert" },
        { "threshold", "invalid manifest: not enough users with manifest update permissions (3) to meet the threshold of 4" },
        { "resource", "invalid manifest: role read: resource nope of type Secrets is not defined in manifest" },
        { "write", "invalid manifest: manifest specifies write permission for role write and secret shared, but secret is not "
            + "user-defined" },
        { "read", "invalid manifest: manifest specifies read permission for role read and per-marble-unique secret private" },
        { "manifest names", "invalid manifest: role manage: resource names are not allowed for type Manifest" },
        { "action", "invalid manifest: unknown action: ReadSecret for type Packages in role: raise" },
        { "no pem", "generating users from manifest: received invalid certificate for user anna" },
        { "private key", "generating users from manifest: the certificate of user anna contains a PRIVATE KEY, which anyone could read in "
            + "the manifest" },
        { "sixteen bits", "invalid manifest: SecurityVersion 70000 of package signed is above 65535: " },
        { "one recovery key", "generating recovery encryption key: manifest contains the same recovery key for one and two" },
        { "no key", "generating recovery encryption key: given PEM data is not a public key" },
        { "template", "running manifest template dry run: in Marble web: env variable BAD: " },
        { "removed secret", "running manifest template dry run: in Marble web: env variable SHARED: " },
    };

    [Theory]
    [Trait("Security", "E3")]
    [MemberData(nameof(Faults))]
    [Case("client-api", "Full update by one who may not")]
    [Case("client-api", "A bad template is refused at the start, unlike the reference")]
    [Case("updates-and-users", "A full update without the permission")]
    [Case("updates-and-users", "A full update with a faulty manifest")]
    public async Task Start_ManifestThatCannotBePutInForce_IsRefusedBeforeAnybodyAcknowledges(string fault, string message)
    {
        CoordinatorState before = _mesh.State;
        string manifest = _mesh.Manifest(m => Break(m, fault));

        Answer v1 = await _mesh.SendAsync(_mesh.Anna, "/update", manifest);
        Answer v2 = await _mesh.StartUpdateAsync(_mesh.Anna, manifest);
        Answer preview = await _mesh.StartUpdateAsync(_mesh.Anna, manifest, "?dryRun=true");

        Assert.StartsWith(message, v2.Message, StringComparison.Ordinal);
        Assert.Equal((v2.Body, v2.Body), (v1.Body, preview.Body));
        Assert.Equal((HttpStatusCode.BadRequest, HttpStatusCode.InternalServerError), (v1.Status, v2.Status));
        Assert.Same(before, _mesh.State);
        (await _mesh.StartUpdateAsync(_mesh.Paul, manifest)).AssertError(
            HttpStatusCode.InternalServerError, "user paul is not allowed to update the complete manifest");
    }

    [Fact]
    [Trait("Security", "E3")]
    [Case("client-api", "An update that fails at its end is pending no more")]
    [Case("updates-and-users", "Log line of an update that fails at its end")]
    public async Task Acknowledge_WhatCannotBeAppliedAnyMore_IsDroppedAtOnce()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using GovernedMesh mesh = await GovernedMesh.StartAsync(configure: s => s.AddSingleton<TimeProvider>(clock));

        // The end of a certificate passes while the update waits.
        string next = mesh.Manifest(m => m["Secrets"]!["short"] = new JsonObject
        {
            ["Type"] = "cert-ecdsa",
            ["Size"] = 256,
            ["Shared"] = true,
            ["Cert"] = new JsonObject { ["NotAfter"] = clock.GetUtcNow().AddHours(1).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'") },
        });
        (await mesh.StartUpdateAsync(mesh.Anna, next)).Require();
        (await mesh.AcknowledgeAsync(mesh.Bert, next)).Require();
        clock.Advance(TimeSpan.FromHours(2));
        Answer root = await mesh.SendAsync(null, "/api/v2/quote");

        Answer failed = await mesh.AcknowledgeAsync(mesh.Cara, next);

        Assert.Equal(HttpStatusCode.InternalServerError, failed.Status);
        Assert.StartsWith("updating secrets: secret short: Cert.NotAfter ", failed.Message, StringComparison.Ordinal);
        (await mesh.PendingAsync()).AssertError(HttpStatusCode.NotFound, "no update in progress");
        Assert.Equal(
            root.Data.GetProperty("cert").GetString(), (await mesh.SendAsync(null, "/api/v2/quote")).Data.GetProperty("cert").GetString());
        string fingerprint = GovernedMesh.Fingerprint(next);
        Assert.Equal(
            [
                $$"""{"update":"Complete Manifest update acknowledged by user","user":"cara","missingAcknowledgments":0,"missingUsers":[],"manifestFingerprint":"{{fingerprint}}"}""",
                $$"""{"update":"Complete Manifest update cancelled due to error during apply","manifestFingerprint":"{{fingerprint}}"}""",
            ],
            (await mesh.LogAsync())[^2..]);
        (await mesh.StartUpdateAsync(mesh.Anna, mesh.Manifest())).Require();
    }

    private static void Break(JsonObject manifest, string fault)
    {
        JsonNode users = manifest["Users"]!;
        JsonNode roles = manifest["Roles"]!;
        JsonNode environment = manifest["Marbles"]!["web"]!["Parameters"]!["Env"]!;
        switch (fault)
        {
            case "package": manifest["Marbles"]!["web"]!["Package"] = "nope"; break;
            case "role": users["anna"]!["Roles"]!.AsArray().Add("nope"); break;
            case "empty certificate": users["anna"]!["Certificate"] = string.Empty; break;
            case "same certificate": users["bert"]!["Certificate"] = users["anna"]!["Certificate"]!.DeepClone(); break;
            case "threshold": manifest["Config"]!["UpdateThreshold"] = 4; break;
            case "resource": roles["read"]!["ResourceNames"]!.AsArray().Add("nope"); break;
            case "write": roles["write"]!["ResourceNames"]!.AsArray().Add("shared"); break;
            case "read": roles["read"]!["ResourceNames"]!.AsArray().Add("private"); break;
            case "manifest names": roles["manage"]!["ResourceNames"] = new JsonArray("app"); break;
            case "action": roles["raise"]!["Actions"]!.AsArray().Add("ReadSecret"); break;
            case "no pem": users["anna"]!["Certificate"] = "no certificate"; break;
            case "no key": manifest["RecoveryKeys"] = new JsonObject { ["party"] = TestParty.Five[0].Key.ExportRSAPublicKeyPem() }; break;
            case "template": environment["BAD"] = "{{ hex .Secrets.nope }}"; break;
            case "private key":
                users["anna"]!["Certificate"] = users["anna"]!["Certificate"]!.GetValue<string>()
                    + "\n-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";
                break;
            case "sixteen bits":
                manifest["Packages"]!["signed"]!["SecurityVersion"] = 70000;
                break;
            case "one recovery key":
                manifest.SetRecovery(2, ("one", TestParty.Five[0]), ("two", TestParty.Five[0]));
                break;
            case "removed secret":
                manifest["Secrets"]!.AsObject().Remove("shared");
                roles["read"]!["ResourceNames"] = new JsonArray("cert");
                break;
            default: throw new ArgumentException("There is no such fault.", nameof(fault));
        }
    }
}
