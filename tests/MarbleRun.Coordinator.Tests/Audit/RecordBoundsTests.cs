using System.Net;
using System.Text.Json;
using MarbleRun.Attestation;
using MarbleRun.Coordinator.Audit;
using MarbleRun.Coordinator.Tests.Manifests;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace MarbleRun.Coordinator.Tests.Audit;

/// <summary>How much of the trail people without a right can write.</summary>
[Trait("Security", "G6")]
public sealed class RecordBoundsTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Sign_ManyQuotesInAMinute_AreSignedAndRecordedUpToTheBound()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using GovernedMesh mesh = await StartAsync(clock);
        byte[] quote = (await mesh.Host.Platform.CreateIssuer(mesh.Host.Platform.MeasureRunningProcess())
            .IssueAsync(ReportData.FromBytes(new byte[ReportData.Size]), Cancellation)).ToEvidence();
        string body = $"{{\"sgxQuote\":\"{Convert.ToBase64String(quote)}\"}}";

        for (int i = 0; i < 70; i++)
        {
            (await mesh.SendAsync(null, "/api/v2/sign-quote", body)).Demand();
        }

        string[] records = Of(mesh, "quote.sign");
        Assert.Equal(60, records.Length);
        Assert.All(records, r => Assert.DoesNotContain("omitted", r, StringComparison.Ordinal));
        clock.Advance(TimeSpan.FromMinutes(1));
        (await mesh.SendAsync(null, "/api/v2/sign-quote", body)).Demand();
        Assert.Contains("\"omitted\":\"10\"", Of(mesh, "quote.sign")[^1], StringComparison.Ordinal);
        Assert.True(AuditReader.Verify(mesh).IsIntact);
    }

    [Fact]
    public async Task Refuse_UsersInAMinute_AreRecordedUpToTheBoundAndKeepNobodyElseOut()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using GovernedMesh mesh = await StartAsync(clock);

        // Three ways to be refused have one bound.
        for (int i = 0; i < 25; i++)
        {
            Assert.NotEqual(HttpStatusCode.OK, (await mesh.SendAsync(mesh.Nora, "/secrets?s=shared")).Status);
            Assert.NotEqual(HttpStatusCode.OK, (await mesh.SendAsync(mesh.Nora, "/api/v2/secrets", """{"secrets":{"text":{"Key":"AA=="} } }""")).Status);
            Assert.NotEqual(HttpStatusCode.OK, (await mesh.StartUpdateAsync(mesh.Nora, "{\"Packages\":{\"app\":{\"SecurityVersion\":1}}}")).Status);
        }

        Assert.Equal(60, AuditReader.Read(mesh).Count(r => r.Contains(" nora denied ", StringComparison.Ordinal)));
        (await mesh.SendAsync(mesh.Rita, "/api/v2/secrets?s=shared")).Demand();
        Assert.StartsWith("secrets.read rita allowed", AuditReader.Read(mesh)[^1], StringComparison.Ordinal);
        await mesh.SendAsync(null, "/api/v2/secrets?s=shared");
        Assert.StartsWith("user.login - denied", AuditReader.Read(mesh)[^1], StringComparison.Ordinal);

        clock.Advance(TimeSpan.FromMinutes(1));
        await mesh.SendAsync(mesh.Nora, "/secrets?s=shared");
        Assert.Contains("\"omitted\":\"15\"", AuditReader.Read(mesh)[^1], StringComparison.Ordinal);
        await mesh.SendAsync(mesh.Nora, "/secrets?s=shared");
        Assert.DoesNotContain("omitted", AuditReader.Read(mesh)[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refuse_StrangerWithALongReason_IsRecordedWithItsBeginning()
    {
        await using GovernedMesh mesh = await StartAsync(new FakeTimeProvider(DateTimeOffset.UtcNow));

        await mesh.Host.Services.GetRequiredService<AuditLog>().RecordStrangerAsync("user.login", default, new string('x', 5000));

        string record = AuditReader.Read(mesh)[^1];
        Assert.StartsWith("user.login - denied ", record, StringComparison.Ordinal);
        string reason = JsonDocument.Parse(record[record.IndexOf('{', StringComparison.Ordinal)..]).RootElement.GetProperty("reason").GetString()!;
        Assert.InRange(reason.Length, 300, 301);
        Assert.StartsWith("xxx", reason, StringComparison.Ordinal);
        Assert.True(AuditReader.Verify(mesh).IsIntact);
    }

    private static string[] Of(GovernedMesh mesh, string action) => [.. AuditReader.Read(mesh).Where(r => r.StartsWith(action, StringComparison.Ordinal))];

    private static Task<GovernedMesh> StartAsync(FakeTimeProvider clock) => GovernedMesh.StartAsync(configure: s => s.AddSingleton<TimeProvider>(clock));
}
