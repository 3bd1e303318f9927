using System.Net;
using Grpc.Core;
using MarbleRun.Attestation.Claims;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.State.Stores;
using MarbleRun.Coordinator.Tests.Counters;
using MarbleRun.Coordinator.Tests.Manifests;
using MarbleRun.Management;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace MarbleRun.Coordinator.Tests.Audit;

/// <summary>What cannot be recorded does not happen; and refusals cannot fill the disk.</summary>
public sealed class AuditSinkTests : CoordinatorTest
{
    [Fact]
    [Trait("Security", "G6")]
    public async Task Decision_WhileTheTrailCannotBeWritten_IsRefusedAndChangesNothing()
    {
        var disk = new FailingDisk();
        await using GovernedMesh mesh = await GovernedMesh.StartAsync(
            m => m["Config"]!["UpdateThreshold"] = 2, s => s.AddSingleton<IFileOperations>(disk));
        string next = mesh.Manifest(m => m["Config"]!["UpdateThreshold"] = 2);
        using CounterMarble marble = await CounterMarble.ActivateAsync(mesh);
        (await mesh.StartUpdateAsync(mesh.Anna, next)).Require();
        byte[] quote = (await mesh.Host.Platform.CreateIssuer(mesh.Host.Platform.MeasureRunningProcess())
            .IssueAsync(ReportData.FromBytes(new byte[ReportData.Size]), TestContext.Current.CancellationToken)).ToEvidence();
        CoordinatorState before = mesh.State;
        string[] log = await mesh.LogAsync();

        disk.IsFull = true;
        await RefusedAsync(mesh.SendAsync(mesh.Rita, "/api/v2/secrets?s=shared"));
        await RefusedAsync(mesh.SendAsync(mesh.Nora, "/secrets?s=shared"));
        await RefusedAsync(mesh.UploadAsync("text", [1]));
        await RefusedAsync(mesh.AcknowledgeAsync(mesh.Bert, next));
        await RefusedAsync(mesh.CancelAsync(mesh.Cara));
        await RefusedAsync(mesh.SendAsync(null, "/api/v2/sign-quote", $"{{\"sgxQuote\":\"{Convert.ToBase64String(quote)}\"}}"));
        Assert.StartsWith("500 ", await marble.RaiseAsync("n", 5), StringComparison.Ordinal);
        foreach (string type in (string[])["web", "limited"])
        {
            RpcException refused = await Assert.ThrowsAsync<RpcException>(() => mesh.ActivateAsync(type));
            Assert.DoesNotContain("simulation", refused.Status.Detail, StringComparison.OrdinalIgnoreCase);
        }

        Assert.Same(before, mesh.State);
        Assert.Equal(log, await mesh.LogAsync());

        // There is space again: all goes on, and nothing is lost.
        disk.IsFull = false;
        await mesh.ActivateAsync("limited");
        await mesh.ActivateAsync("limited");
        (await mesh.AcknowledgeAsync(mesh.Bert, next)).Require();
        Assert.Equal(GovernedMesh.Fingerprint(next), mesh.State.Manifest!.Fingerprint);
        Assert.True(AuditReader.Verify(mesh).IsIntact);
    }

    [Fact]
    [Trait("Security", "G6")]
    public async Task Update_WhileTheTrailCannotBeWritten_IsRefusedAndChangesNothing()
    {
        var disk = new FailingDisk();
        await using GovernedMesh mesh = await GovernedMesh.StartAsync(
            m => m["Config"]!["UpdateThreshold"] = 1, s => s.AddSingleton<IFileOperations>(disk));
        CoordinatorState before = mesh.State;

        disk.IsFull = true;
        await RefusedAsync(mesh.StartUpdateAsync(mesh.Anna, mesh.Manifest()));
        await RefusedAsync(mesh.StartUpdateAsync(mesh.Paul, "{\"Packages\":{\"app\":{\"SecurityVersion\":1}}}"));

        Assert.Same(before, mesh.State);
        disk.IsFull = false;
        (await mesh.StartUpdateAsync(mesh.Anna, mesh.Manifest())).Require();
        Assert.True(AuditReader.Verify(mesh).IsIntact);
    }

    [Fact]
    [Trait("Security", "G6")]
    public async Task Manifest_WhileTheTrailCannotBeWritten_IsNotSet()
    {
        var disk = new FailingDisk { IsFull = true };
        CoordinatorHost host = await StartAsync(s => s.AddSingleton<IFileOperations>(disk));
        using var client = Users.ShownCertificates.To(host, null);

        Assert.StartsWith("500 ", await client.SendAsync("/manifest", GovernedManifest.Create(host, []).Write()), StringComparison.Ordinal);
        Assert.Equal(CoordinatorPhase.AcceptingManifest, host.Services.GetRequiredService<CurrentState>().Value.Phase);
        disk.IsFull = false;
        Assert.StartsWith("200 ", await client.SendAsync("/manifest", GovernedManifest.Create(host, []).Write()), StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Security", "G2")]
    public async Task UnauthenticatedCallers_ThatAreRefusedAgainAndAgain_AreCountedInsteadOfRecorded()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using GovernedMesh mesh = await GovernedMesh.StartAsync(configure: s => s.AddSingleton<TimeProvider>(clock));
        using var outsider = Users.ShownCertificates.To(mesh.Host, null);
        int before = AuditReader.Read(mesh).Length;

        for (int i = 0; i < 150; i++)
        {
            Assert.StartsWith("401 ", await outsider.SendAsync("/secrets?s=shared", null), StringComparison.Ordinal);
        }

        Assert.Equal(60, AuditReader.Read(mesh).Length - before);

        // Users are recorded nevertheless, and what was left out is reported with the next refusal.
        await mesh.SendAsync(mesh.Rita, "/secrets?s=shared");
        Assert.StartsWith("secrets.read rita allowed", AuditReader.Read(mesh)[^1], StringComparison.Ordinal);
        clock.Advance(TimeSpan.FromMinutes(1));
        await outsider.SendAsync("/secrets?s=shared", null);
        Assert.Contains("\"omitted\":\"90\"", AuditReader.Read(mesh)[^1], StringComparison.Ordinal);
        Assert.True(AuditReader.Verify(mesh).IsIntact);
    }

    private static async Task RefusedAsync(Task<Answer> call) =>
        (await call).AssertError(HttpStatusCode.InternalServerError, "the audit trail cannot be written, so the request was refused");
}
