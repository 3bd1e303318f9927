using System.Collections.Immutable;
using MarbleRun.Audit;

namespace MarbleRun.Tests.Audit;

public sealed class AuditTrailTests
{
    private static readonly TestTrail s_trail = TestTrail.Create(12);

    [Theory]
    [InlineData(1)]
    [InlineData(5)]
    [InlineData(12)]
    public void Verify_WholeTrailInAnyNumberOfFiles_IsIntact(int linesPerFile)
    {
        AuditVerification found = s_trail.Verify(linesPerFile, s_trail.Head.Hash);

        Assert.True(found.IsIntact);
        Assert.Equal((12, s_trail.Head, 0), (found.RecordCount, found.Head, found.UnfinishedBytes));
    }

    [Fact]
    public void Verify_NoFilesOrEmptyOnes_IsATrailWithoutRecords()
    {
        AuditVerification none = AuditTrail.Verify([], AuditHead.Start.Hash);
        AuditVerification empty = AuditTrail.Verify([new AuditFile("empty", default)], AuditHead.Start.Hash);

        Assert.Equal((true, 0, AuditHead.Start), (none.IsIntact, none.RecordCount, none.Head));
        Assert.Equal((true, 0, AuditHead.Start), (empty.IsIntact, empty.RecordCount, empty.Head));
    }

    [Fact]
    [Trait("Security", "G7")]
    public void Verify_AnyByteChanged_IsNoticed()
    {
        byte[] content = s_trail.ToFiles()[0].Content.ToArray();
        for (int i = 0; i < content.Length; i++)
        {
            byte[] changed = [.. content];
            changed[i] ^= (byte)(1 << (i % 8));

            AuditVerification found = AuditTrail.Verify([new AuditFile("changed", changed)], AuditHead.Start.Hash, s_trail.Head.Hash);

            Assert.False(found.IsIntact, $"byte {i}");
        }
    }

    [Theory]
    [InlineData(12)]
    [InlineData(4)]
    [Trait("Security", "G7")]
    public void Verify_AnyLineRemovedRepeatedInsertedOrMoved_IsNoticed(int linesPerFile)
    {
        for (int i = 0; i < s_trail.Lines.Length; i++)
        {
            AssertNoticed(s_trail.Lines.RemoveAt(i), linesPerFile, $"removed {i}");
            for (int j = 0; j <= s_trail.Lines.Length; j++)
            {
                AssertNoticed(s_trail.Lines.Insert(j, s_trail.Lines[i]), linesPerFile, $"{i} repeated at {j}");
                if (j < s_trail.Lines.Length)
                {
                    AssertNoticed(s_trail.Lines.Insert(j, ForgeAfter(j)), linesPerFile, $"forged at {j}");
                    AssertNoticed(
                        s_trail.Lines.SetItem(i, s_trail.Lines[j]).SetItem(j, s_trail.Lines[i]), linesPerFile, $"{i} and {j} exchanged");
                    AssertNoticed(s_trail.Lines.RemoveAt(i).Insert(j, s_trail.Lines[i]), linesPerFile, $"{i} moved to {j}");
                }
            }

            AssertNoticed(s_trail.Lines.SetItem(i, ForgeAfter(i)), linesPerFile, $"{i} forged");
            AssertNoticed(s_trail.Lines[..i], linesPerFile, $"cut off from {i} on");
        }
    }

    /// <summary>What the files cannot show: a writer can add records at the end.</summary>
    [Fact]
    public void Verify_RecordForgedAtTheEnd_LooksGenuine() =>
        Assert.True(new TestTrail(s_trail.Lines.Add(ForgeAfter(12))).Verify(expectedHead: s_trail.Head.Hash).IsIntact);

    /// <summary>What the chain alone can't tell: only somebody who kept the head notices a cut end.</summary>
    [Fact]
    public void Verify_EndCutOff_IsNoticedByTheHeadAlone()
    {
        var cut = new TestTrail(s_trail.Lines[..7]);

        AuditVerification found = cut.Verify(expectedHead: s_trail.Head.Hash);

        Assert.True(cut.Verify().IsIntact);
        AuditFault fault = Assert.Single(found.Faults);
        Assert.Equal(("file 1", 7), (fault.File, fault.Line));
        Assert.Equal($"no line has the hash {s_trail.Head.Hash}: the trail was cut off, or was changed before that record", fault.Message);
    }

    [Fact]
    public void Verify_HeadOfAnEarlierMoment_IsStillInTheTrail()
    {
        for (int i = 1; i <= s_trail.Lines.Length; i++)
        {
            Assert.True(s_trail.Verify(expectedHead: new TestTrail(s_trail.Lines[..i]).Head.Hash).IsIntact);
        }
    }

    [Fact]
    public void Verify_BeginningElsewhere_NeedsItsHead()
    {
        AuditFile[] rest = s_trail.ToFiles(5)[1..];
        string head = new TestTrail(s_trail.Lines[..5]).Head.Hash;

        AuditVerification withHead = AuditTrail.Verify(rest, head, head);
        AuditVerification withoutHead = AuditTrail.Verify(rest, AuditHead.Start.Hash);
        AuditVerification otherHead = AuditTrail.Verify(rest, new TestTrail(s_trail.Lines[..4]).Head.Hash);

        Assert.Equal((true, s_trail.Head), (withHead.IsIntact, withHead.Head));
        Assert.Equal("record 6 is the first one here: records 1 to 5 are missing", Assert.Single(withoutHead.Faults).Message);
        Assert.EndsWith(
            "records before it are missing, or this is another trail", Assert.Single(otherHead.Faults).Message, StringComparison.Ordinal);
        Assert.True(AuditTrail.Verify(rest, previousHash: null).IsIntact);
    }

    [Fact]
    public void Verify_LineRemoved_SaysWhichRecordIsMissingAndWhere()
    {
        AuditFault fault = Assert.Single(new TestTrail(s_trail.Lines.RemoveAt(5)).Verify(4).Faults);

        Assert.Equal(("file 2", 2, "record 7 follows record 5: record 6 is missing"), (fault.File, fault.Line, fault.Message));
    }

    [Fact]
    public void Verify_LineChanged_PointsToTheLineAfterIt()
    {
        byte[] forged = (TestTrail.RecordOf(6, TestTrail.HashOf(s_trail.Lines[4])) with { User = "somebody else" }).ToLine();

        AuditFault fault = Assert.Single(new TestTrail(s_trail.Lines.SetItem(5, forged)).Verify().Faults);

        Assert.Equal(("file 1", 7), (fault.File, fault.Line));
        Assert.StartsWith("record 7 was written after a line with the hash", fault.Message, StringComparison.Ordinal);
        Assert.EndsWith("the line before it was changed, or exchanged", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Verify_TwoFaultsFarApart_ReportsBoth()
    {
        ImmutableArray<byte[]> lines = s_trail.Lines.SetItem(2, "no record"u8.ToArray()).RemoveAt(9);

        AuditVerification found = new TestTrail(lines).Verify();

        Assert.Equal([3, 4, 10], found.Faults.Select(f => f.Line));
    }

    [Fact]
    public void Verify_ThousandsOfFaults_ReportsTheFirstHundred()
    {
        var content = new byte[5000];
        Array.Fill(content, (byte)'\n');

        Assert.Equal(100, AuditTrail.Verify([new AuditFile("empty lines", content)], AuditHead.Start.Hash).Faults.Length);
    }

    [Fact]
    public void Verify_UnfinishedLineAtTheEnd_IsReportedAndNoFault()
    {
        byte[] content = s_trail.ToFiles()[0].Content.ToArray();

        AuditVerification found = AuditTrail.Verify(
            [new AuditFile("torn", content.AsMemory(0, content.Length - 10))], AuditHead.Start.Hash);

        Assert.True(found.IsIntact);
        Assert.Equal((11, 11), (found.RecordCount, found.Head.Sequence));
        Assert.Equal(s_trail.Lines[^1].Length - 9, found.UnfinishedBytes);
    }

    [Fact]
    public void Verify_UnfinishedLineBeforeAnotherFile_IsAFault()
    {
        AuditFile[] files = s_trail.ToFiles(6);
        files[0] = files[0] with { Content = files[0].Content[..^1] };

        Assert.Contains(
            AuditTrail.Verify(files, AuditHead.Start.Hash).Faults, f => f.Message == "the line has no end, and more files follow");
    }

    private static byte[] ForgeAfter(int index) =>
        (TestTrail.RecordOf(index + 1, index == 0 ? AuditHead.Start.Hash : TestTrail.HashOf(s_trail.Lines[index - 1])) with
        {
            User = "forger",
        }).ToLine();

    private static void AssertNoticed(ImmutableArray<byte[]> lines, int linesPerFile, string what)
    {
        // Nothing changes when a line is repeated or moved to where it is.
        if (!lines.SequenceEqual(s_trail.Lines))
        {
            Assert.False(new TestTrail(lines).Verify(linesPerFile, s_trail.Head.Hash).IsIntact, what);
        }
    }
}
