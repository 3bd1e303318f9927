using System.Net;
using System.Text.Json;
using System.Text.Json.Nodes;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.Tests.Recovery;
using MarbleRun.Management;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Manifests;

/// <summary>Full updates and the recovery secrets of the parties.</summary>
public sealed class UpdateRecoveryTests
{
    private static readonly TestParty[] s_party = [.. TestParty.Five];

    [Fact]
    [Trait("Security", "F1")]
    [Case("client-api", "Recovery keys unchanged: no member in the answer")]
    public async Task Update_OfOtherThings_GivesNoSecretsAndKeepsTheOldOnes()
    {
        await using GovernedMesh mesh = await StartAsync(m => m.SetRecovery(0, ("a", s_party[0])));
        byte[] secret = s_party[0].Decrypt(SecretsOf(mesh.First.Data.GetProperty("RecoverySecrets"))["a"]);

        Answer answer = await ChangeAsync(mesh, m =>
        {
            m.SetRecovery(0, ("a", s_party[0]));
            m["Config"]!["RotateRootSecret"] = true;
        });

        Assert.Equal("{\"status\":\"success\",\"data\":{\"missingAcknowledgments\":0,\"missingUsers\":null}}\n", answer.Body);
        await LoseTheMachineAsync(mesh);
        Assert.Equal(HttpStatusCode.Unauthorized, (await mesh.StartUpdateAsync(mesh.Anna, mesh.Manifest())).Status);
        (await mesh.PendingAsync()).AssertError(HttpStatusCode.NotFound, "no update in progress");
        Assert.Equal(HttpStatusCode.OK, (await RecoverAsync(mesh, s_party[0], secret)).Status);
        Assert.Equal(CoordinatorPhase.AcceptingMarbles, mesh.State.Phase);
        Assert.Contains("Complete Manifest updated", string.Join('\n', await mesh.LogAsync()), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Security", "F1")]
    [Case("client-api", "Recovery keys changed: new secrets, and the old ones fail")]
    [Case("updates-and-users", "Other recovery keys under the same names")]
    public async Task Update_OtherKeyUnderTheSameName_GivesANewSecretAndTheOldOneOpensNothing()
    {
        await using GovernedMesh mesh = await StartAsync(m => m.SetRecovery(0, ("a", s_party[0])));
        byte[] old = s_party[0].Decrypt(SecretsOf(mesh.First.Data.GetProperty("RecoverySecrets"))["a"]);

        Answer answer = await ChangeAsync(mesh, m => m.SetRecovery(0, ("a", s_party[1])));
        byte[] secret = s_party[1].Decrypt(SecretsOf(answer.Data.GetProperty("recoverySecrets"))["a"]);

        Assert.NotEqual(old, secret);
        await LoseTheMachineAsync(mesh);
        Assert.NotEqual(HttpStatusCode.OK, (await RecoverAsync(mesh, s_party[0], old)).Status);
        Assert.NotEqual(HttpStatusCode.OK, (await RecoverAsync(mesh, s_party[1], old)).Status);
        Assert.Equal(HttpStatusCode.OK, (await RecoverAsync(mesh, s_party[1], secret)).Status);
        Assert.Equal(CoordinatorPhase.AcceptingMarbles, mesh.State.Phase);
    }

    [Fact]
    [Case("updates-and-users", "The same recovery keys under new names")]
    public async Task Update_NewNameForTheSameKey_IsAChange()
    {
        await using GovernedMesh mesh = await StartAsync(m => m.SetRecovery(0, ("a", s_party[0])));

        Answer answer = await ChangeAsync(mesh, m => m.SetRecovery(0, ("b", s_party[0])));

        Assert.Equal(["b"], SecretsOf(answer.Data.GetProperty("recoverySecrets")).Keys);
    }

    [Theory]
    [InlineData(0, 3, false)]
    [InlineData(3, 0, false)]
    [InlineData(0, 2, true)]
    [InlineData(2, 3, true)]
    [Case("client-api", "Recovery threshold changed")]
    [Case("updates-and-users", "Recovery threshold 0 is that of all keys")]
    public async Task Update_Threshold_IsAChangeIfItMeansAnotherNumber(ulong before, ulong after, bool isChange)
    {
        (string, TestParty)[] parties = [("a", s_party[0]), ("b", s_party[1]), ("c", s_party[2])];
        await using GovernedMesh mesh = await StartAsync(m => m.SetRecovery(before, parties));

        Answer answer = await ChangeAsync(mesh, m => m.SetRecovery(after, parties));

        Assert.Equal(isChange, answer.Data.TryGetProperty("recoverySecrets", out JsonElement secrets));
        if (isChange)
        {
            Assert.Equal(["a", "b", "c"], SecretsOf(secrets).Keys);
            Assert.Equal(after == 2 ? 33 : 32, s_party[1].Decrypt(SecretsOf(secrets)["b"]).Length);
        }
    }

    [Fact]
    [Case("client-api", "Recovery keys removed")]
    public async Task Update_KeysRemoved_GivesAnEmptyObject()
    {
        await using GovernedMesh mesh = await StartAsync(m => m.SetRecovery(0, ("a", s_party[0])));

        Answer answer = await ChangeAsync(mesh, _ => { });

        Assert.Equal(
            "{\"status\":\"success\",\"data\":{\"missingAcknowledgments\":0,\"missingUsers\":null,\"recoverySecrets\":{}}}\n", answer.Body);
    }

    [Fact]
    [Trait("Security", "F1")]
    public async Task Update_KeysOfManagersByAcknowledgment_AreGivenToTheLastOne()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();
        string next = mesh.Manifest(m => m.SetRecovery(0, ("a", s_party[0]), ("b", s_party[1])));

        Answer started = await mesh.StartUpdateAsync(mesh.Anna, next);
        Answer second = await mesh.AcknowledgeAsync(mesh.Bert, next);
        const string UseV2 =
            "the update makes new recovery secrets, which the answer of this version of the API cannot hold; use /api/v2 instead";
        (await mesh.SendAsync(mesh.Cara, "/update-manifest", next)).AssertError(HttpStatusCode.InternalServerError, UseV2);
        Assert.NotNull(mesh.State.PendingUpdate);
        Answer last = await mesh.AcknowledgeAsync(mesh.Cara, next);

        Assert.DoesNotContain("recoverySecrets", started.Body + second.Body, StringComparison.Ordinal);
        Assert.Equal(
            ["message", "missingUsers", "missingAcknowledgments", "recoverySecrets"],
            last.Require().Data.EnumerateObject().Select(p => p.Name));
        Dictionary<string, byte[]> secrets = SecretsOf(last.Data.GetProperty("recoverySecrets"));
        byte[] a = s_party[0].Decrypt(secrets["a"]);
        byte[] b = s_party[1].Decrypt(secrets["b"]);
        await LoseTheMachineAsync(mesh);
        Assert.Equal(1, (await RecoverAsync(mesh, s_party[1], b)).Data.GetProperty("remaining").GetInt32());
        Assert.Equal(0, (await RecoverAsync(mesh, s_party[0], a)).Data.GetProperty("remaining").GetInt32());
        Assert.Equal(GovernedMesh.Fingerprint(next), mesh.State.Manifest!.Fingerprint);
    }

    [Fact]
    public async Task Update_NewKeysOverV1_AreRefusedAndNothingChanges()
    {
        await using GovernedMesh mesh = await StartAsync(m => m.SetRecovery(0, ("a", s_party[0])));
        CoordinatorState before = mesh.State;

        (await mesh.SendAsync(mesh.Anna, "/update", With(mesh, m => m.SetRecovery(0, ("a", s_party[1]))))).AssertError(
            HttpStatusCode.BadRequest,
            "the update makes new recovery secrets, which the answer of this version of the API cannot hold; use /api/v2 instead");
        Assert.Same(before, mesh.State);

        (await mesh.SendAsync(mesh.Anna, "/update", With(mesh, m => m.SetRecovery(0, ("a", s_party[0]))))).Require();
    }

    private static Task<GovernedMesh> StartAsync(Action<JsonObject> change) => GovernedMesh.StartAsync(m =>
    {
        m["Config"]!["UpdateThreshold"] = 1;
        change(m);
    });

    private static string With(GovernedMesh mesh, Action<JsonObject> change) => mesh.Manifest(m =>
    {
        m["Config"]!["UpdateThreshold"] = 1;
        change(m);
    });

    private static async Task<Answer> ChangeAsync(GovernedMesh mesh, Action<JsonObject> change) =>
        (await mesh.StartUpdateAsync(mesh.Anna, With(mesh, change))).Require();

    private static Dictionary<string, byte[]> SecretsOf(JsonElement secrets) =>
        secrets.EnumerateObject().ToDictionary(s => s.Name, s => s.Value.GetBytesFromBase64());

    /// <summary>The sealing key of the machine is another one after the next start.</summary>
    private static async Task LoseTheMachineAsync(GovernedMesh mesh)
    {
        File.Move(mesh.Folder.File("simulation/sealing.key"), mesh.Folder.File("simulation/sealing.key.lost"));
        await mesh.RestartAsync();
        Assert.Equal(CoordinatorPhase.Recovery, mesh.State.Phase);
    }

    private static Task<Answer> RecoverAsync(GovernedMesh mesh, TestParty party, byte[] secret) =>
        mesh.SendAsync(null, "/api/v2/recover", JsonSerializer.Serialize(new
        {
            recoverySecret = secret,
            recoverySecretSignature = party.Sign(secret),
        }));
}
