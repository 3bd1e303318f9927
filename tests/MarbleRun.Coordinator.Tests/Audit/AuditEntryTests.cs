using System.Text;
using MarbleRun.Audit;
using MarbleRun.Coordinator.Audit;

namespace MarbleRun.Coordinator.Tests.Audit;

public sealed class AuditEntryTests
{
    [Fact]
    public void After_AHead_GivesTheNextRecord()
    {
        var time = new DateTimeOffset(2031, 5, 6, 7, 8, 9, TimeSpan.Zero);
        var head = new AuditHead(41, new string('a', 64));

        AuditRecord record =
            new AuditEntry("manifest.update", AuditOutcome.Denied, "admin", new string('b', 64), ("reason", "no role")).After(head, time);

        Assert.Equal((42, time, head.Hash), (record.Sequence, record.Time, record.PreviousHash));
        Assert.Equal(("manifest.update", AuditOutcome.Denied), (record.Action, record.Outcome));
        Assert.Equal(("admin", new string('b', 64), "no role"), (record.User, record.CertificateHash, record.Details["reason"]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Manifest")]
    [InlineData("manifest set")]
    [InlineData("manifest.")]
    [InlineData("manifest\n")]
    public void Entry_ActionThatIsInvalid_IsRefused(string action) =>
        Assert.Throws<ArgumentException>(() => new AuditEntry(action, AuditOutcome.Allowed, null, null));

    [Theory]
    [InlineData("abc")]
    [InlineData("BBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBBB")]
    public void Entry_HashThatIsInvalid_IsRefused(string hash) =>
        Assert.Throws<ArgumentException>(() => new AuditEntry("a", AuditOutcome.Allowed, null, hash));

    [Fact]
    public void Entry_DetailsThatDoNotFit_AreRefused()
    {
        Assert.Throws<ArgumentException>(() => new AuditEntry("a", AuditOutcome.Allowed, null, null, ("", "b")));
        Assert.Throws<ArgumentException>(() => new AuditEntry("a", AuditOutcome.Allowed, null, null, ("b", "1"), ("b", "2")));
        Assert.Throws<ArgumentException>(
            () => new AuditEntry(
                "a", AuditOutcome.Allowed, null, null, [.. Enumerable.Range(0, 17).Select(i => (((char)('a' + i)).ToString(), "x"))]));
    }

    [Fact]
    public void Entry_LargestThereIs_FitsALine()
    {
        (string, string)[] details =
            [.. Enumerable.Range(0, 16).Select(i => ((char)('a' + i) + new string('x', 63), new string('ü', 5000)))];

        AuditRecord record = new AuditEntry("a", AuditOutcome.Allowed, new string('\n', 5000), null, details).After(
            AuditHead.Start, DateTimeOffset.MaxValue);

        Assert.True(AuditRecord.TryParse(record.ToLine(), out _));
        Assert.Equal(1001, record.Details["a" + new string('x', 63)].Length);
    }

    [Fact]
    public void Entry_TextOfAnUnauthenticatedCaller_MakesNoLineOfItsOwn()
    {
        byte[] line = new AuditEntry("a", AuditOutcome.Denied, "x\"}\n{\"seq\":2", null).After(AuditHead.Start, default).ToLine();

        Assert.DoesNotContain("\n", Encoding.ASCII.GetString(line), StringComparison.Ordinal);
        Assert.True(AuditRecord.TryParse(line, out AuditRecord? record));
        Assert.Equal("x\"}?{\"seq\":2", record.User);
    }
}
