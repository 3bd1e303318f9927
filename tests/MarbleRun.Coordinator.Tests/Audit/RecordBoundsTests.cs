using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using MarbleRun.Attestation.Claims;
using MarbleRun.Coordinator.Audit;
using MarbleRun.Coordinator.Tests.Manifests;
using MarbleRun.Coordinator.Tests.Secrets;
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
            (await mesh.SendAsync(null, "/api/v2/sign-quote", body)).Require();
        }

        string[] records = Of(mesh, "quote.sign");
        Assert.Equal(60, records.Length);
        Assert.All(records, r => Assert.DoesNotContain("omitted", r, StringComparison.Ordinal));
        clock.Advance(TimeSpan.FromMinutes(1));
        (await mesh.SendAsync(null, "/api/v2/sign-quote", body)).Require();
        Assert.Contains("\"omitted\":\"10\"", Of(mesh, "quote.sign")[^1], StringComparison.Ordinal);
        Assert.True(AuditReader.Verify(mesh).IsIntact);
    }

    [Fact]
    public async Task Refuse_UsersInAMinute_AreRecordedUpToTheBoundAndKeepNoOtherOut()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using GovernedMesh mesh = await StartAsync(clock);

        // Three ways to be refused have one bound.
        for (int i = 0; i < 25; i++)
        {
            Assert.NotEqual(HttpStatusCode.OK, (await mesh.SendAsync(mesh.Nora, "/secrets?s=shared")).Status);
            Assert.NotEqual(
                HttpStatusCode.OK,
                (await mesh.SendAsync(mesh.Nora, "/api/v2/secrets", """{"secrets":{"text":{"Key":"AA=="} } }""")).Status);
            Assert.NotEqual(
                HttpStatusCode.OK, (await mesh.StartUpdateAsync(mesh.Nora, "{\"Packages\":{\"app\":{\"SecurityVersion\":1}}}")).Status);
        }

        Assert.Equal(60, AuditReader.Read(mesh).Count(r => r.Contains(" nora denied ", StringComparison.Ordinal)));
        (await mesh.SendAsync(mesh.Rita, "/api/v2/secrets?s=shared")).Require();
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
    [Trait("Security", "G7")]
    public async Task Login_ThiefAmidManyWithoutCertificate_IsInTrailAndLog()
    {
        await using GovernedMesh mesh = await StartAsync(new FakeTimeProvider(DateTimeOffset.UtcNow));
        for (int i = 0; i < 62; i++)
        {
            await mesh.SendAsync(null, i % 2 == 0 ? "/secrets?s=shared" : "/api/v2/secrets?s=shared");
        }

        using var thief = new UserClient("thief");
        for (int i = 0; i < 3; i++)
        {
            Assert.Equal(
                HttpStatusCode.Unauthorized,
                (await mesh.SendAsync(thief, i == 0 ? "/secrets?s=shared" : "/api/v2/secrets?s=shared")).Status);
        }

        string fingerprint = Convert.ToHexStringLower(SHA256.HashData(thief.Certificate.RawData));
        Assert.Equal(3, Lines(mesh).Count(
            l => l.Contains(fingerprint, StringComparison.Ordinal) && l.Contains("\"user.login\"", StringComparison.Ordinal)));
        Assert.Equal(60, Of(mesh, "user.login").Length - 3);
        Assert.Equal(3, mesh.Host.Logs.Entries.Count(e => e.StartsWith("Warning", StringComparison.Ordinal)
            && e.Contains("UserLoginRefused", StringComparison.Ordinal)
            && e.Contains(fingerprint, StringComparison.Ordinal)
            && e.Contains("127.0.0.1", StringComparison.Ordinal)));
        Assert.True(AuditReader.Verify(mesh).IsIntact);
    }

    [Fact]
    public async Task Login_OneCertificateManyTimes_LeavesRoomForOthers()
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using GovernedMesh mesh = await StartAsync(clock);
        AuditLog log = mesh.Host.Services.GetRequiredService<AuditLog>();
        for (int i = 0; i < 50; i++)
        {
            await log.RecordUnknownCallerAsync("user.login", new AuditActor(null, Hash(0)), "no");
        }

        Assert.Equal(UnknownCallerLimit.PerMinuteOfOneCertificate, Of(mesh, "user.login").Length);

        // The next record reports the 40 that were left out. Made-up certificates end at the bound of their kind, and hide neither other
        // actions nor callers without a certificate.
        for (int i = 1; i < 200; i++)
        {
            await log.RecordUnknownCallerAsync("user.login", new AuditActor(null, Hash(i)), "no");
        }

        Assert.Equal(UnknownCallerLimit.PerMinute, Of(mesh, "user.login").Length);
        await log.RecordUnknownCallerAsync("counter.raise", new AuditActor(null, Hash(0)), "no");
        await log.RecordUnknownCallerAsync("user.login", default, "no");
        Assert.Single(Of(mesh, "counter.raise"));
        Assert.Equal(UnknownCallerLimit.PerMinute + 1, Of(mesh, "user.login").Length);

        clock.Advance(TimeSpan.FromMinutes(1));
        await log.RecordUnknownCallerAsync("user.login", new AuditActor(null, Hash(0)), "no");
        Assert.Contains("\"omitted\":\"149\"", Of(mesh, "user.login")[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refuse_OneUserManyTimes_LeavesTheOthersInTheTrail()
    {
        await using GovernedMesh mesh = await StartAsync(new FakeTimeProvider(DateTimeOffset.UtcNow));
        for (int i = 0; i < 62; i++)
        {
            await mesh.SendAsync(mesh.Nora, "/secrets?s=shared");
        }

        await mesh.SendAsync(mesh.Will, "/secrets?s=shared");

        Assert.Equal(60, AuditReader.Read(mesh).Count(r => r.StartsWith("secrets.read nora denied", StringComparison.Ordinal)));
        Assert.StartsWith("secrets.read will denied", AuditReader.Read(mesh)[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Refuse_UnauthenticatedCallerWithALongReason_IsRecordedWithItsBeginning()
    {
        await using GovernedMesh mesh = await StartAsync(new FakeTimeProvider(DateTimeOffset.UtcNow));

        await mesh.Host.Services.GetRequiredService<AuditLog>().RecordUnknownCallerAsync("user.login", default, new string('x', 5000));

        string record = AuditReader.Read(mesh)[^1];
        Assert.StartsWith("user.login - denied ", record, StringComparison.Ordinal);
        string reason = JsonDocument.Parse(record[record.IndexOf('{', StringComparison.Ordinal)..]).RootElement
            .GetProperty("reason")
            .GetString()!;
        Assert.InRange(reason.Length, 300, 301);
        Assert.StartsWith("xxx", reason, StringComparison.Ordinal);
        Assert.True(AuditReader.Verify(mesh).IsIntact);
    }

    private static string Hash(int i) => Convert.ToHexStringLower(SHA256.HashData(BitConverter.GetBytes(i)));

    private static string[] Lines(GovernedMesh mesh) =>
        Encoding.ASCII.GetString(AuditReader.ReadBytes(mesh)).Split('\n', StringSplitOptions.RemoveEmptyEntries);

    private static string[] Of(GovernedMesh mesh, string action) =>
        [.. AuditReader.Read(mesh).Where(r => r.StartsWith(action, StringComparison.Ordinal))];

    private static Task<GovernedMesh> StartAsync(FakeTimeProvider clock) =>
        GovernedMesh.StartAsync(configure: s => s.AddSingleton<TimeProvider>(clock));
}
