using System.Net;
using System.Security.Cryptography;
using System.Text;
using MarbleRun.Coordinator.Tests.Secrets;
using MarbleRun.Protos;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Recovery;

/// <summary>Recoveries over the client port: what comes back, and what every mistake is answered with.</summary>
public sealed class WireRecoveryTests
{
    private static TestParty[] Five => [.. TestParty.Five];

    [Theory]
    [InlineData(1, 0)]
    [InlineData(3, 0)]
    [InlineData(5, 3)]
    [Trait("Security", "F1")]
    [Trait("Security", "F9")]
    [Case("client-api", "Quote in recovery")]
    [Case("client-api", "Quote after the manifest")]
    [Case("client-api", "A recovery secret is decrypted with OAEP and SHA-256")]
    [Case("client-api", "One recovery key: all is back")]
    [Case("state-and-sealing", "A restart after the manifest keeps the root")]
    [Case("state-and-sealing", "The right key ends the recovery, with one party and with several")]
    [Case("state-and-sealing", "The recovered root is the one of before")]
    [Case("state-and-sealing", "The next restart needs no recovery")]
    [Case("state-and-sealing", "All of n: any order")]
    public async Task Recover_AllThatAreNeeded_BringsTheMeshBack(int parties, int threshold)
    {
        await using MeshToRecover mesh = await MeshToRecover.StartAsync(parties, threshold);
        byte[] root = await mesh.GetServedRootAsync();
        Parameters before = await MeshClient.ActivateAsync(mesh.Host, "web");
        await MeshClient.ActivateAsync(mesh.Host, "limited");
        await mesh.Admin.SendAsync(mesh.Host, HttpMethod.Post, "/api/v2/secrets", """{"secrets":{"uploaded":{"Key":"dXA="}}}""");
        string counter = await CounterCalls.RaiseAsync(mesh, before, 7);
        string log = (await mesh.GetAsync("/api/v2/update")).Body;
        string manifest = (await mesh.GetAsync("/api/v2/manifest")).Body;
        await mesh.LoseKeyAsync();
        byte[] temporary = await mesh.GetAttestedRootAsync();
        Assert.Equal(temporary, await mesh.GetServedRootAsync());
        Assert.NotEqual(root, temporary);
        Assert.Equal(1, await mesh.GetStatusCodeAsync());

        int needed = threshold == 0 ? parties : threshold;
        for (int i = 1; i <= needed; i++)
        {
            Assert.Equal((HttpStatusCode.OK, MeshToRecover.RecoverJson(needed - i)), await mesh.SubmitAsync(mesh.Parties[^i]));
        }

        await AssertIsBackAsync();
        Assert.Equal("{\"status\":\"success\",\"data\":{\"value\":7}}\n", await CounterCalls.RaiseAsync(mesh, before, 8));
        Assert.Equal("{\"status\":\"success\",\"data\":{\"value\":0}}\n", counter);
        await MeshClient.ActivateAsync(mesh.Host, "limited");
        await Assert.ThrowsAsync<Grpc.Core.RpcException>(() => MeshClient.ActivateAsync(mesh.Host, "limited"));

        await mesh.RestartAsync();
        await AssertIsBackAsync();
        Assert.Equal("{\"status\":\"success\",\"data\":{\"value\":8}}\n", await CounterCalls.RaiseAsync(mesh, before, 0));
        AuditOfMesh.AssertWhole(mesh);

        async Task AssertIsBackAsync()
        {
            Assert.Equal(3, await mesh.GetStatusCodeAsync());
            Assert.Equal(root, await mesh.GetServedRootAsync());
            Assert.Equal(root, await mesh.GetAttestedRootAsync());
            Assert.Equal(log, (await mesh.GetAsync("/api/v2/update")).Body);
            Assert.Equal(manifest, (await mesh.GetAsync("/api/v2/manifest")).Body);
            Assert.Contains(
                "dXA=",
                (await mesh.Admin.SendAsync(mesh.Host, HttpMethod.Get, "/api/v2/secrets?s=uploaded")).Body,
                StringComparison.Ordinal);
            Assert.Equal(before.Env["SHARED"], (await MeshClient.ActivateAsync(mesh.Host, "web")).Env["SHARED"]);
        }
    }

    [Theory]
    [InlineData(2, 0)]
    [InlineData(5, 3)]
    [Case("client-api", "k of n, encrypted")]
    [Case("state-and-sealing", "k of n: encrypted shares")]
    public async Task Recover_SecretsEncryptedWithTheEphemeralKey_AreTaken(int parties, int threshold)
    {
        await using MeshToRecover mesh = await MeshToRecover.StartLockedAsync(parties, threshold);
        byte[] spki = (await mesh.GetDataAsync("/api/v2/recover/public-key")).GetProperty("ephemeralPublicKey").GetBytesFromBase64();
        using var key = RSA.Create();
        key.ImportSubjectPublicKeyInfo(spki, out int read);
        Assert.Equal((4096, spki.Length), (key.KeySize, read));
        int needed = threshold == 0 ? parties : threshold;

        for (int i = 0; i < needed; i++)
        {
            byte[] share = mesh.Shares[Five[i].Name];
            byte[] encrypted = key.Encrypt(share, RSAEncryptionPadding.OaepSHA256);
            Assert.Equal(
                (HttpStatusCode.OK, MeshToRecover.RecoverJson(needed - 1 - i)), await mesh.SubmitAsync(encrypted, Five[i].Sign(share)));
        }

        Assert.Equal(3, await mesh.GetStatusCodeAsync());
    }

    [Fact]
    [Trait("Security", "F1")]
    [Case("client-api", "A secret encrypted with another key")]
    [Case("client-api", "A secret again")]
    [Case("state-and-sealing", "k of n: 33 bytes of 0xFF")]
    [Case("state-and-sealing", "A signature over other data")]
    [Case("state-and-sealing", "No signature")]
    public async Task Recover_EveryMistake_IsRefusedByItsReasonAndKeepsTheProgress()
    {
        await using MeshToRecover foreign = await MeshToRecover.StartAsync(5, 3);
        await using MeshToRecover mesh = await MeshToRecover.StartLockedAsync(5, 3);
        byte[] share = mesh.Shares["party 1"];
        Assert.Equal(MeshToRecover.RecoverJson(2), (await mesh.SubmitAsync(Five[4])).Body);

        Refused(500, "error", "setting recovery key: uploaded an invalid or already used secret", await mesh.SubmitAsync(Five[4]));
        Refused(
            500,
            "error",
            "setting recovery key: uploaded an invalid or already used secret",
            await mesh.SubmitAsync(foreign.Shares["party 1"], Five[0].Sign(foreign.Shares["party 1"])));
        Refused(
            500,
            "error",
            "setting recovery key: uploaded an invalid or already used secret",
            await mesh.SubmitAsync([.. Enumerable.Repeat((byte)255, 33)], Five[0].Sign(share)));
        Refused(500, "error", "no matching recovery", await mesh.SubmitAsync(share, null));
        Refused(500, "error", "no matching recovery", await mesh.SubmitAsync(share, []));
        Refused(500, "error", "no matching recovery", await mesh.SubmitAsync(share, Five[1].Sign(share)));
        Refused(
            500,
            "error",
            "no matching recovery",
            await mesh.SubmitAsync(share, Five[0].Sign(Encoding.ASCII.GetBytes(Convert.ToBase64String(share)))));
        Refused(500, "error", "no matching recovery", await mesh.SubmitAsync(share, TestParty.Outsider.Sign(share)));
        Refused(500, "error", "setting recovery key: invalid secret length", await mesh.SubmitAsync(new byte[16], new byte[256]));
        Refused(500, "error", "setting recovery key: invalid secret length", await mesh.SubmitAsync(new byte[32], new byte[256]));
        Refused(400, "fail", "failed to decrypt recovery secret: ", await mesh.SubmitAsync([], new byte[256]));
        Refused(400, "fail", "failed to decrypt recovery secret: ", await mesh.SubmitAsync(new byte[12], new byte[256]));
        Refused(
            400,
            "fail",
            "failed to decrypt recovery secret: ephemeral secret key not set",
            await mesh.SubmitAsync(new byte[512], new byte[256]));
        await mesh.GetDataAsync("/api/v2/recover/public-key");
        Refused(400, "fail", "failed to decrypt recovery secret: decryption error", await mesh.SubmitAsync(new byte[512], new byte[256]));

        Assert.Equal(MeshToRecover.RecoverJson(1), (await mesh.SubmitAsync(Five[0])).Body);
        Assert.Equal(1, await mesh.GetStatusCodeAsync());
        Assert.Equal(MeshToRecover.RecoverJson(0), (await mesh.SubmitAsync(Five[2])).Body);
    }

    [Fact]
    [Trait("Security", "G3")]
    public async Task Recover_InvalidBody_IsAnswered()
    {
        await using MeshToRecover mesh = await MeshToRecover.StartLockedAsync(1);
        foreach ((string body, string message) in ((string, string)[])
            [
                ("", "EOF"),
                ("{", ""),
                ("[]", ""),
                ("""{"recoverySecret":7}""", ""),
                ("""{"recoverySecret":"*"}""", "illegal base64 data at input byte 0"),
                ("""{"recoverySecret":{"a":1}}""", ""),
                ("null", "failed to decrypt recovery secret: "),
                ("{}", "failed to decrypt recovery secret: "),
                (new string(' ', 20_480), "EOF"),
            ])
        {
            Refused(400, "fail", message, await mesh.SendAsync(HttpMethod.Post, "/api/v2/recover", new StringContent(body)));
        }
    }

    [Fact]
    [Case("client-api", "Recovery in the wrong state")]
    [Case("client-api", "The public key is the same each time")]
    [Case("client-api", "The public key is gone after the recovery")]
    [Case("state-and-sealing", "The public key outside of recovery")]
    [Case("state-and-sealing", "Decryption outside of recovery")]
    public async Task Recover_AfterItSucceeded_IsTheWrongState()
    {
        await using MeshToRecover mesh = await MeshToRecover.StartLockedAsync(1);
        string key = (await mesh.GetAsync("/api/v2/recover/public-key")).Body;
        Assert.Equal(key, (await mesh.GetAsync("/api/v2/recover/public-key")).Body);
        Assert.StartsWith(
            "{\"status\":\"success\",\"data\":{\"algorithm\":\"RSA\",\"ephemeralPublicKey\":\"", key, StringComparison.Ordinal);
        await mesh.RecoverAsync();

        const string Wrong = "{\"status\":\"error\",\"data\":null,\"message\":\"server is not in expected state\"}\n";
        Assert.Equal((HttpStatusCode.InternalServerError, Wrong), await mesh.GetAsync("/api/v2/recover/public-key"));
        Assert.Equal((HttpStatusCode.InternalServerError, Wrong), await mesh.SubmitAsync(Five[0]));
        Refused(
            400,
            "fail",
            "failed to decrypt recovery secret: server is not in expected state",
            await mesh.SubmitAsync(new byte[512], new byte[256]));
    }

    [Fact]
    public async Task Recover_V1_IsGoneInEveryState()
    {
        const string Gone =
            "{\"status\":\"error\",\"data\":null,\"message\":\"Recovering the Coordinator using the /recover API endpoint has been "
            + "disabled. Use the /api/v2/recover endpoint instead.\"}\n";
        await using MeshToRecover mesh = await MeshToRecover.StartAsync(1);
        Assert.Equal((HttpStatusCode.Gone, Gone), await mesh.PostAsync("/recover", new { }));
        Assert.Equal(HttpStatusCode.MethodNotAllowed, (await mesh.GetAsync("/recover")).Status);

        await mesh.LoseKeyAsync();

        Assert.Equal((HttpStatusCode.Gone, Gone), await mesh.PostAsync("/recover", null));
    }

    internal static void Refused(int status, string kind, string message, (HttpStatusCode Status, string Body) answer)
    {
        Assert.StartsWith($"{{\"status\":\"{kind}\",\"data\":null,\"message\":\"{message}", answer.Body, StringComparison.Ordinal);
        Assert.Equal((HttpStatusCode)status, answer.Status);
    }
}
