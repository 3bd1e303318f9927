using System.Net;
using System.Text.Json;
using MarbleRun.Coordinator.State;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Recovery;

/// <summary>What a Coordinator answers while it waits for its key, and the ways out of it that are not a simple recovery.</summary>
public sealed class RecoveryModeTests
{
    private static TestParty[] Five => [.. TestParty.Five];

    [Fact]
    [Trait("Security", "F9")]
    [Case("client-api", "Quote in recovery")]
    [Case("client-api", "Secrets in the wrong state")]
    [Case("client-api", "Counter: in the wrong state")]
    [Case("marble-api", "Activation in recovery")]
    public async Task RecoveryMode_EveryOtherEndpoint_AnswersAsWithoutAManifest()
    {
        await using MeshToRecover mesh = await MeshToRecover.StartLockedAsync(1);

        Assert.Equal(
            HttpStatusCode.Unauthorized, (await mesh.Admin.SendAsync(mesh.Host, HttpMethod.Get, "/api/v2/secrets?s=uploaded")).Status);
        Assert.Equal(
            HttpStatusCode.Unauthorized,
            (await mesh.Admin.SendAsync(mesh.Host, HttpMethod.Post, "/api/v2/update", new { manifest = (byte[])[1] })).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await mesh.Admin.SendAsync(mesh.Host, HttpMethod.Post, "/update-cancel")).Status);
        WireRecoveryTests.Refused(500, "error", "server is not in expected state", await mesh.GetAsync("/update"));
        WireRecoveryTests.Refused(500, "error", "server is not in expected state", await mesh.GetAsync("/api/v2/update"));
        WireRecoveryTests.Refused(404, "error", "no update in progress", await mesh.GetAsync("/api/v2/update-manifest"));
        Assert.Equal(
            (HttpStatusCode.OK,
                "{\"status\":\"success\",\"data\":{\"ManifestSignatureRootECDSA\":null,\"ManifestSignature\":\"\",\"Manifest\":null}}\n"),
            await mesh.GetAsync("/manifest"));
        WireRecoveryTests.Refused(500, "error", "requested value not set", await mesh.GetAsync("/api/v2/manifest"));
        Assert.Equal(HttpStatusCode.Forbidden, (await mesh.PostAsync("/api/v2/monotonic-counter", new { })).Status);
        Assert.Equal(HttpStatusCode.Forbidden, (await mesh.PostAsync("/api/v2/sign-quote", new { })).Status);
        Assert.Equal(HttpStatusCode.OK, (await mesh.GetAsync("/quote")).Status);
        Assert.Equal(
            "{\"status\":\"success\",\"data\":{\"code\":1,\"message\":\"Coordinator is in recovery mode. Upload a key to unseal the saved "
            + "state. For more information on how to proceed, consult the documentation.\"}}\n",
            (await mesh.GetAsync("/api/v2/status")).Body);
        Grpc.Core.RpcException refused = await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => MeshClient.ActivateAsync(mesh.Host, "web"));
        Assert.Equal(Grpc.Core.StatusCode.FailedPrecondition, refused.StatusCode);
    }

    [Fact]
    [Case("state-and-sealing", "A new manifest instead of recovery gives a new root, if the operator asked for it")]
    public async Task RecoveryMode_ManifestOfAnUnauthenticatedCaller_IsRefusedAndTheFilesStay()
    {
        await using MeshToRecover mesh = await MeshToRecover.StartLockedAsync(1);
        byte[] data = mesh.Read(MeshToRecover.DataName);
        byte[] manifest = GovernedManifest.Create(mesh.Host, mesh.Admin, 0, Five[..2]);

        WireRecoveryTests.Refused(
            500, "error", "server is not in expected state", await mesh.PostAsync("/api/v2/manifest", new { manifest }));
        WireRecoveryTests.Refused(
            400,
            "error",
            "server is not in expected state",
            await mesh.SendAsync(HttpMethod.Post, "/manifest", new ByteArrayContent(manifest)));

        Assert.Equal(data, mesh.Read(MeshToRecover.DataName));
        await mesh.RecoverAsync();
    }

    [Fact]
    [Case("client-api", "Two recovery keys: one remains, then none")]
    public async Task RecoveryMode_RestartHalfway_BeginsAnewWithAnotherTemporaryRoot()
    {
        await using MeshToRecover mesh = await MeshToRecover.StartLockedAsync(2);
        byte[] first = await mesh.GetServedRootAsync();
        string key = (await mesh.GetAsync("/api/v2/recover/public-key")).Body;
        Assert.Equal(MeshToRecover.RecoverJson(1), (await mesh.SubmitAsync(Five[0])).Body);

        await mesh.RestartAsync();

        Assert.NotEqual(first, await mesh.GetServedRootAsync());
        Assert.NotEqual(key, (await mesh.GetAsync("/api/v2/recover/public-key")).Body);
        Assert.Equal(MeshToRecover.RecoverJson(1), (await mesh.SubmitAsync(Five[1])).Body);
        Assert.Equal(MeshToRecover.RecoverJson(0), (await mesh.SubmitAsync(Five[0])).Body);
    }

    [Fact]
    [Trait("Security", "F8")]
    [Case("state-and-sealing", "The next restart needs no recovery")]
    public async Task Recover_OnAnotherMachine_ContinuesThereAlsoAfterARestart()
    {
        await using MeshToRecover mesh = await MeshToRecover.StartAsync(2);
        byte[] root = await mesh.GetServedRootAsync();

        // The trail of the first machine, which stays there, becomes longer than what the second one writes until it recovered.
        for (int i = 0; i < 8; i++)
        {
            await mesh.Admin.SendAsync(mesh.Host, HttpMethod.Post, "/api/v2/secrets", """{"secrets":{"uploaded":{"Key":"dXA="}}}""");
        }

        await mesh.MoveToAnotherMachineAsync();
        Assert.Equal(1, await mesh.GetStatusCodeAsync());

        await mesh.RecoverAsync();
        await mesh.RestartAsync();

        Assert.Equal(3, await mesh.GetStatusCodeAsync());
        Assert.Equal(root, await mesh.GetServedRootAsync());
        AuditOfMesh.AssertWhole(mesh);
    }

    [Fact]
    [Trait("Security", "F1")]
    [Case("client-api", "Recovery keys changed: new secrets, and the old ones fail")]
    [Case("state-and-sealing", "An update of the recovery keys: the old secrets are useless")]
    [Case("state-and-sealing", "An update of the recovery keys: the new secrets work")]
    [Case("state-and-sealing", "An update of the recovery keys: a restart needs no party")]
    public async Task Recover_AfterAnUpdateThatChangedTheKeys_TakesTheNewSecretsAlone()
    {
        await using MeshToRecover mesh = await MeshToRecover.StartAsync(2);
        byte[] oldKey = mesh.Read(MeshToRecover.KeyName);
        (HttpStatusCode status, _, string body) = await mesh.Admin.SendAsync(
            mesh.Host, HttpMethod.Post, "/api/v2/update", new { manifest = GovernedManifest.Create(mesh.Host, mesh.Admin, 2, Five[1..4]) });
        Assert.True(status == HttpStatusCode.OK, body);
        Dictionary<string, byte[]> fresh = MeshToRecover.ReadShares(
            JsonDocument.Parse(body).RootElement.GetProperty("data").GetProperty("recoverySecrets"));
        Assert.Equal(3, fresh.Count);
        Assert.Equal(oldKey.Length, mesh.Read(MeshToRecover.KeyName).Length);
        await mesh.RestartAsync();
        Assert.Equal(3, await mesh.GetStatusCodeAsync());
        await mesh.LoseKeyAsync();

        foreach (TestParty party in Five[..2])
        {
            WireRecoveryTests.Refused(500, "error", "setting recovery key: ", await mesh.SubmitAsync(party));
        }

        Assert.Equal(MeshToRecover.RecoverJson(1), (await mesh.SubmitAsync(fresh["party 4"], Five[3].Sign(fresh["party 4"]))).Body);
        Assert.Equal(MeshToRecover.RecoverJson(0), (await mesh.SubmitAsync(fresh["party 2"], Five[1].Sign(fresh["party 2"]))).Body);
        await mesh.RestartAsync();
        Assert.Equal(3, await mesh.GetStatusCodeAsync());
    }

    [Fact]
    public async Task Recover_UpdateThatKeptTheKeys_LeavesTheSecretsGood()
    {
        await using MeshToRecover mesh = await MeshToRecover.StartAsync(2);
        (HttpStatusCode status, _, string body) = await mesh.Admin.SendAsync(
            mesh.Host, HttpMethod.Post, "/api/v2/update", new { manifest = GovernedManifest.Create(mesh.Host, mesh.Admin, 2, Five[..2]) });
        Assert.True(status == HttpStatusCode.OK, body);
        Assert.DoesNotContain("recoverySecrets", body, StringComparison.Ordinal);

        await mesh.LoseKeyAsync();

        await mesh.RecoverAsync();
    }

    [Fact]
    public async Task Recover_PendingUpdateAndStateOfBefore_ComeBackWithTheirGeneration()
    {
        await using MeshToRecover mesh = await MeshToRecover.StartAsync(1);
        CoordinatorState before = mesh.State;
        await mesh.LoseKeyAsync();

        await mesh.RecoverAsync();

        Assert.True(mesh.State.Generation > before.Generation);
        Assert.Equal(before.RootSecret.ToArray(), mesh.State.RootSecret.ToArray());
        Assert.Equal(before.UpdateLog, mesh.State.UpdateLog);
        Assert.False(mesh.State.InRecovery);
    }

    [Fact]
    public async Task Recover_UnsignedWhereAllowed_TakesNoneOrTheRightSignatureAlone()
    {
        await using MeshToRecover mesh = await MeshToRecover.StartAsync(2);
        await mesh.RestartAsync(() => File.Delete(mesh.Folder.File(MeshToRecover.KeyName)), ("AllowUnsignedRecovery", "true"));
        byte[] share = mesh.Shares["party 1"];

        WireRecoveryTests.Refused(500, "error", "no matching recovery", await mesh.SubmitAsync(share, Five[1].Sign(share)));
        Assert.Equal(MeshToRecover.RecoverJson(1), (await mesh.SubmitAsync(share, null)).Body);
        Assert.Equal(MeshToRecover.RecoverJson(0), (await mesh.SubmitAsync(Five[1])).Body);
    }

    [Fact]
    [Trait("Security", "F8")]
    [Case("client-api", "Two of three, plain")]
    public async Task Recover_WithOpenSslAsThePartysTool_Works()
    {
        await using MeshToRecover mesh = await MeshToRecover.StartAsync(1, settings: []);
        (HttpStatusCode status, _, string body) = await mesh.Admin.SendAsync(
            mesh.Host, HttpMethod.Post, "/api/v2/update", new { manifest = GovernedManifest.Create(mesh.Host, mesh.Admin, 2, Five[..3]) });
        Assert.True(status == HttpStatusCode.OK, body);
        JsonElement secrets = JsonDocument.Parse(body).RootElement.GetProperty("data").GetProperty("recoverySecrets");
        await mesh.LoseKeyAsync();

        for (int i = 0; i < 2; i++)
        {
            string key = mesh.Folder.File("party.pem"), encrypted = mesh.Folder.File(
                "secret.encrypted"), secret = mesh.Folder.File("secret"), signature = mesh.Folder.File("signature");
            await File.WriteAllTextAsync(key, Five[i].Key.ExportPkcs8PrivateKeyPem(), TestContext.Current.CancellationToken);
            await File.WriteAllBytesAsync(
                encrypted, secrets.GetProperty(Five[i].Name).GetBytesFromBase64(), TestContext.Current.CancellationToken);
            await OpenSsl.RunAsync(
                "pkeyutl", "-decrypt", "-inkey", key, "-in", encrypted, "-out", secret,
                "-pkeyopt", "rsa_padding_mode:oaep", "-pkeyopt", "rsa_oaep_md:sha256", "-pkeyopt", "rsa_mgf1_md:sha256");
            await OpenSsl.RunAsync("dgst", "-sha256", "-sign", key, "-out", signature, secret);
            Assert.Equal(MeshToRecover.RecoverJson(1 - i), (await mesh.SubmitAsync(mesh.Read("secret"), mesh.Read("signature"))).Body);
        }
    }
}
