using System.Net;
using System.Text;
using System.Text.Json.Nodes;
using MarbleRun.Audit;
using MarbleRun.Coordinator.AuditReading;
using MarbleRun.Coordinator.Tests.Manifests;
using MarbleRun.Management;

namespace MarbleRun.Coordinator.Tests.Audit;

/// <summary>The audit trail for users: who may read it, in parts, and how a change on the disk shows.</summary>
public sealed class AuditReadingTests
{
    private const string Path = "/api/v2/audit";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Read_InParts_GivesTheTrailUpToItsHead()
    {
        await using GovernedMesh mesh = await StartAsync();
        await mesh.UploadAsync("text", [1]);
        await mesh.SendAsync(mesh.Nora, "/secrets?s=shared");
        using CoordinatorClient rita = await ConnectAsync(mesh);

        AuditPage head = await rita.GetAuditAsync(limit: 0, cancellationToken: Cancellation);
        AuditPage first = await rita.GetAuditAsync(0, 2, cancellationToken: Cancellation);
        AuditPage rest = await rita.GetAuditAsync(2, 1000, cancellationToken: Cancellation);
        AuditPage none = await rita.GetAuditAsync(3, 1000, cancellationToken: Cancellation);

        Assert.Equal((3L, 0), (head.Head.Sequence, head.Lines.Length));
        Assert.Equal(["manifest.set", "secrets.write"], first.Records.Select(r => r.Action));
        Assert.Equal(("secrets.read", AuditOutcome.Denied, "nora"), rest.Records.Select(r => (r.Action, r.Outcome, r.User)).Single());
        Assert.Equal((false, true, true), (first.IsLast, rest.IsLast, none.IsLast));
        AuditVerification verified = first.Verify(AuditHead.Start);
        Assert.True(verified.IsIntact);
        Assert.Equal(2, verified.Head.Sequence);
        Assert.True(rest.Verify(verified.Head).IsIntact);
        Assert.Equal(head.Head, rest.Verify(verified.Head).Head);
        Assert.True(none.Verify(head.Head).IsIntact);
        Assert.Equal(head.Head, none.Verify(head.Head).Head);
        byte[] all = [.. first.Lines.Concat(rest.Lines).SelectMany(line => (byte[])[.. line.Span, (byte)'\n'])];
        Assert.Equal(AuditReader.ReadBytes(mesh), all);
    }

    /// <summary>A refusal is recorded without a change of the state, which knows the record of its last change.</summary>
    [Fact]
    public async Task Read_Heads_AreThoseThatTheStateKnows()
    {
        await using GovernedMesh mesh = await StartAsync();
        await mesh.UploadAsync("text", [1]);
        await mesh.SendAsync(mesh.Nora, "/secrets?s=shared");
        using CoordinatorClient rita = await ConnectAsync(mesh);

        AuditPage page = await rita.GetAuditAsync(cancellationToken: Cancellation);

        Assert.Equal(string.Empty, page.Replica);
        (string name, AuditHead known) = Assert.Single(page.Heads);
        Assert.Equal((string.Empty, 2L, page.Records[2].PreviousHash), (name, known.Sequence, known.Hash));
        Assert.Equal(3, page.Head.Sequence);
    }

    [Fact]
    [Trait("Security", "G6")]
    public async Task Read_WithoutTheAction_IsRefusedAndRecorded()
    {
        await using GovernedMesh mesh = await StartAsync();
        int count = AuditReader.Read(mesh).Length;

        (await mesh.SendAsync(mesh.Anna, Path)).AssertError(HttpStatusCode.Forbidden, "user anna is not allowed to read the audit trail");
        Assert.Equal(HttpStatusCode.Unauthorized, (await mesh.SendAsync(null, Path)).Status);
        Assert.Equal(HttpStatusCode.OK, (await mesh.SendAsync(mesh.Rita, Path)).Status);

        Assert.Equal(
            ["audit.read anna denied {}", "user.login - denied {\"reason\":\"client certificate did not match any MarbleRun users\"}"],
            AuditReader.Read(mesh)[count..]);
    }

    [Theory]
    [InlineData("?after=-1")]
    [InlineData("?after=x")]
    [InlineData("?after=9223372036854775807")]
    [InlineData("?limit=1001")]
    [InlineData("?limit=")]
    public async Task Read_WithAWrongQuery_IsRefused(string query)
    {
        await using GovernedMesh mesh = await StartAsync();

        Answer answer = await mesh.SendAsync(mesh.Rita, Path + query);

        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains("must be a number from 0 to", answer.Text, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Security", "G6")]
    public async Task Read_AfterAChangeOnTheDisk_ShowsIt()
    {
        await using GovernedMesh mesh = await StartAsync();
        await mesh.UploadAsync("text", [1]);
        using CoordinatorClient rita = await ConnectAsync(mesh);
        string path = Assert.Single(Directory.GetFiles(mesh.Folder.File("seal/audit"), "audit-*.jsonl"));
        byte[] before = AuditReader.ReadBytes(mesh);

        string[] faults = [];
        foreach (byte[] changed in new byte[][]
        {
            Encoding.ASCII.GetBytes(Encoding.ASCII.GetString(before).Replace("\"will\"", "\"nora\"", StringComparison.Ordinal)),
            before[..(before.AsSpan().IndexOf((byte)'\n') + 1)],
            [0xff, 0x00, (byte)'\n', .. before[(before.AsSpan().IndexOf((byte)'\n') + 1)..]],
        })
        {
            using (var file = new FileStream(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
            {
                file.SetLength(0);
                file.Write(changed);
            }

            AuditPage page = await rita.GetAuditAsync(0, 1000, cancellationToken: Cancellation);
            AuditVerification found = page.Verify(AuditHead.Start);
            if (found.IsIntact && !page.IsLast)
            {
                found = (await rita.GetAuditAsync(found.Head.Sequence, 1000, cancellationToken: Cancellation)).Verify(found.Head);
            }

            faults = [.. faults, found.IsIntact ? "intact" : found.Faults[0].Message];
        }

        Assert.Contains("no line has the hash", faults[0], StringComparison.Ordinal);
        Assert.Contains("no line has the hash", faults[1], StringComparison.Ordinal);
        Assert.Equal("this is not an audit record, or not written as one", faults[2]);
    }

    [Fact]
    public async Task Read_ATrailThatEndsEarlierThanBefore_ShowsIt()
    {
        await using GovernedMesh mesh = await StartAsync();
        using CoordinatorClient rita = await ConnectAsync(mesh);

        AuditPage page = await rita.GetAuditAsync(100, 10, cancellationToken: Cancellation);

        AuditFault fault = Assert.Single(page.Verify(new AuditHead(100, new string('a', 64))).Faults);
        Assert.Contains("ends with record 1, before record 100", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadFiles_OfSeveral_GoesFromOneToTheNextAndSkipsArchivedOnes()
    {
        using var folder = new TestSupport.TemporaryDirectory();
        await File.WriteAllTextAsync(folder.File("audit-00000000000000000001.jsonl"), "a\nb\n", Cancellation);
        await File.WriteAllTextAsync(folder.File("audit-00000000000000000003.jsonl"), "c\nd\n", Cancellation);
        await File.WriteAllTextAsync(folder.File("audit-00000000000000000005.jsonl"), "e\nf\nunfinished", Cancellation);
        await File.WriteAllTextAsync(folder.File("lock"), string.Empty, Cancellation);

        Assert.Equal("abcdef", await ReadAsync(0, 6, 1000));
        Assert.Equal("def", await ReadAsync(3, 6, 1000));
        Assert.Equal("f", await ReadAsync(5, 6, 1000));
        Assert.Equal("bcd", await ReadAsync(1, 6, 3));
        Assert.Equal("de", await ReadAsync(3, 5, 1000));
        File.Delete(folder.File("audit-00000000000000000001.jsonl"));
        Assert.Equal("cde", await ReadAsync(0, 6, 3));

        async Task<string> ReadAsync(long after, long last, int limit)
        {
            var lines = new List<ReadOnlyMemory<byte>>();
            await AuditFiles.ReadAsync(folder.Path, after, last, limit, lines, Cancellation);
            return string.Concat(lines.Select(line => Encoding.ASCII.GetString(line.Span)));
        }
    }

    [Fact]
    public async Task ReadFiles_OfLongLines_StopsAtTheSizeOfAnAnswer()
    {
        using var folder = new TestSupport.TemporaryDirectory();
        string line = new string('x', 100_000) + "\n";
        await File.WriteAllTextAsync(
            folder.File("audit-00000000000000000001.jsonl"), string.Concat(Enumerable.Repeat(line, 20)), Cancellation);
        var lines = new List<ReadOnlyMemory<byte>>();

        await AuditFiles.ReadAsync(folder.Path, 0, 20, 1000, lines, Cancellation);

        Assert.Equal(10, lines.Count);
    }

    private static Task<GovernedMesh> StartAsync() => GovernedMesh.StartAsync(manifest =>
    {
        manifest["Roles"]!["auditor"] = JsonNode.Parse("""{"ResourceType":"Audit","Actions":["ReadAudit"]}""");
        manifest["Users"]!["rita"]!["Roles"]!.AsArray().Add("auditor");
    });

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
