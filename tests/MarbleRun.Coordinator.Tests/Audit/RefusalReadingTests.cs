using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using Google.Protobuf;
using Grpc.Core;
using MarbleRun.Attestation;
using MarbleRun.Coordinator.Audit;
using MarbleRun.Coordinator.Tests.Manifests;
using MarbleRun.Coordinator.Tests.Renewal;
using MarbleRun.Management;

namespace MarbleRun.Coordinator.Tests.Audit;

/// <summary>
/// Refused activations and renewals for users: with the checks of their evidence, and only for those who may read the trail.
/// </summary>
[Trait("Security", "G6")]
public sealed class RefusalReadingTests
{
    private const string Path = "/api/v2/refusals";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Read_AfterAWrongMeasurement_GivesTheChecksWithExpectedFoundAndRemedy()
    {
        await using GovernedMesh mesh = await StartAsync(m => m["Packages"]!["app"]!["UniqueID"] = new string('c', 64));
        using CoordinatorClient rita = await ConnectAsync(mesh);
        Assert.Empty(await rita.GetRefusalsAsync(Cancellation));

        string detail = await FailAsync(mesh, "web");

        RefusedActivation refused = Assert.Single(await rita.GetRefusalsAsync(Cancellation));
        Assert.Equal(
            ("marble.activate", "web", "quote", "policy", 1UL),
            (refused.Action, refused.MarbleType, refused.Reason, refused.Verdict, refused.Count));
        Assert.Equal(detail, refused.Message);
        Assert.Matches("^[0-9a-f]{64}$", refused.Certificate);
        Assert.InRange(refused.LastTime, DateTimeOffset.UtcNow.AddMinutes(-5), DateTimeOffset.UtcNow);
        VerdictCheck failed = Assert.Single(refused.Checks, c => c.Outcome == VerdictCheckOutcome.Failed);
        Assert.Equal("package.unique_id", failed.Code);
        Assert.Equal(new string('c', 64), failed.Expected);
        Assert.Matches("^[0-9a-f]{64}$", failed.Found);
        Assert.NotEmpty(failed.Remedy!);
        Assert.Contains(new VerdictCheck("quote.signature", VerdictCheckOutcome.Passed), refused.Checks);
    }

    [Fact]
    public async Task Read_AfterARenewalOfCodeThatAnUpdateExcluded_GivesTheChecks()
    {
        await using GovernedMesh mesh = await StartAsync();
        using RenewingMarble marble = await RenewingMarble.ActivateAsync(mesh.Host);
        (await mesh.UpdateAsync(m =>
        {
            AddAuditor(m);
            m["Config"]!["TrustOverlap"] = "2h";
            m["Packages"]!["app"]!["UniqueID"] = new string('c', 64);
        })).Require();
        using CoordinatorClient rita = await ConnectAsync(mesh);

        RpcException exception = await Assert.ThrowsAsync<RpcException>(() => marble.RenewAsync());

        RefusedActivation refused = Assert.Single(await rita.GetRefusalsAsync(Cancellation));
        Assert.Equal(
            ("marble.renew", "web", "quote", "policy", 1UL),
            (refused.Action, refused.MarbleType, refused.Reason, refused.Verdict, refused.Count));
        Assert.Equal(exception.Status.Detail, refused.Message);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(marble.Certificate.RawData)), refused.Certificate);
        VerdictCheck failed = Assert.Single(refused.Checks, c => c.Outcome == VerdictCheckOutcome.Failed);
        Assert.Equal(("package.unique_id", new string('c', 64)), (failed.Code, failed.Expected));
        Assert.NotEmpty(failed.Remedy!);
    }

    [Fact]
    public async Task Read_AfterARenewalUnderTheTrustBeforeAnUpdate_GivesTheReason()
    {
        await using GovernedMesh mesh = await StartAsync();
        using RenewingMarble marble = await RenewingMarble.ActivateAsync(mesh.Host);
        (await mesh.UpdateAsync(AddAuditor)).Require();
        using CoordinatorClient rita = await ConnectAsync(mesh);

        RpcException exception = await Assert.ThrowsAsync<RpcException>(() => marble.RenewAsync());
        await Assert.ThrowsAsync<RpcException>(() => marble.RenewAsync());

        RefusedActivation refused = Assert.Single(await rita.GetRefusalsAsync(Cancellation));
        Assert.Equal(
            ("marble.renew", "(unknown)", "certificate", 2UL), (refused.Action, refused.MarbleType, refused.Reason, refused.Count));
        Assert.Equal(exception.Status.Detail, refused.Message);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(marble.Certificate.RawData)), refused.Certificate);
    }

    [Fact]
    public async Task Read_AfterARenewalWithoutAChallenge_GivesTheReason()
    {
        await using GovernedMesh mesh = await StartAsync();
        using RenewingMarble marble = await RenewingMarble.ActivateAsync(mesh.Host);
        using CoordinatorClient rita = await ConnectAsync(mesh);

        await Assert.ThrowsAsync<RpcException>(() =>
            marble.RenewAsync(change: request => request.Challenge = ByteString.CopyFrom(new byte[32])));

        RefusedActivation refused = Assert.Single(await rita.GetRefusalsAsync(Cancellation));
        Assert.Equal(
            ("marble.renew", "web", "challenge", null, 0),
            (refused.Action, refused.MarbleType, refused.Reason, refused.Verdict, refused.Checks.Length));
    }

    [Fact]
    public async Task Read_AfterForgedEvidenceWithoutEnd_GivesAShareOfIt()
    {
        await using GovernedMesh mesh = await StartAsync();
        for (int i = 0; i < RefusedAttempts.MaxOfKind + 5; i++)
        {
            await FailAsync(mesh, "web", quote => quote[200] ^= 1);
        }

        await FailAsync(mesh, "not-there");
        using CoordinatorClient rita = await ConnectAsync(mesh);
        IReadOnlyList<RefusedActivation> refused = await rita.GetRefusalsAsync(Cancellation);

        Assert.Equal(RefusedAttempts.MaxOfKind + 1, refused.Count);
        Assert.Equal(("(unknown)", "marble_type", null, 0), (
            refused[0].MarbleType, refused[0].Reason, refused[0].Verdict, refused[0].Checks.Length));
    }

    [Fact]
    public async Task Read_WithoutTheAction_IsRefusedAndRecorded()
    {
        await using GovernedMesh mesh = await StartAsync();
        int count = AuditReader.Read(mesh).Length;

        (await mesh.SendAsync(mesh.Anna, Path)).AssertError(
            HttpStatusCode.Forbidden, "user anna is not allowed to read the refused attempts");
        Assert.Equal(HttpStatusCode.Unauthorized, (await mesh.SendAsync(null, Path)).Status);
        Assert.Equal(HttpStatusCode.OK, (await mesh.SendAsync(mesh.Rita, Path)).Status);

        Assert.Equal(
            ["refusals.read anna denied {}", "user.login - denied {\"reason\":\"client certificate did not match any MarbleRun users\"}"],
            AuditReader.Read(mesh)[count..]);
    }

    [Fact]
    public async Task Read_AfterARefusedParameter_HasNoSecret()
    {
        // Zero bytes are not allowed in a variable.
        byte[] secret = [.. Enumerable.Repeat((byte)0x5a, 31), 0];
        await using GovernedMesh mesh = await StartAsync(m =>
        {
            m["Marbles"]!["web"]!["Parameters"]!["Env"] = new JsonObject
            {
                ["REFUSED"] = "{{ string .Secrets.text }}",
            };
        });
        await mesh.UploadAsync("text", secret);
        await FailAsync(mesh, "web", _ => { });
        JsonElement data = (await mesh.SendAsync(mesh.Rita, Path)).Require().Data;
        string answer = data.GetRawText();

        Assert.Equal("parameters", data.GetProperty("refusals")[0].GetProperty("reason").GetString());
        Assert.DoesNotContain("ZZZZ", answer, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToBase64String(secret), answer, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToHexStringLower(secret), answer, StringComparison.OrdinalIgnoreCase);
    }

    private static async Task<string> FailAsync(GovernedMesh mesh, string type, Action<byte[]>? forge = null)
    {
        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => MeshClient.ActivateAsync(mesh.Host, type, request =>
        {
            byte[] quote = request.Quote.ToByteArray();
            forge?.Invoke(quote);
            request.Quote = ByteString.CopyFrom(quote);
        }));
        return refused.Status.Detail;
    }

    private static Task<GovernedMesh> StartAsync(Action<JsonObject>? change = null) => GovernedMesh.StartAsync(manifest =>
    {
        AddAuditor(manifest);
        change?.Invoke(manifest.AsObject());
    });

    private static void AddAuditor(JsonNode manifest)
    {
        manifest["Roles"]!["auditor"] = JsonNode.Parse("""{"ResourceType":"Audit","Actions":["ReadAudit"]}""");
        manifest["Users"]!["rita"]!["Roles"]!.AsArray().Add("auditor");
    }

    private static async Task<CoordinatorClient> ConnectAsync(GovernedMesh mesh)
    {
        VerifiedCoordinator coordinator = await CoordinatorClient.VerifyCoordinatorAsync(
            mesh.Host.Client.ToString(),
            new CoordinatorExpectation
            {
                Verifier = mesh.Host.Platform.CreateVerifier(),
                ExpectedPackage = mesh.Host.Platform.MeasureRunningProcess().ToPackageProperties(),
            },
            Cancellation);
        return new CoordinatorClient(coordinator, mesh.Rita.Certificate);
    }
}
