using System.Text;
using MarbleRun.Audit;
using MarbleRun.Docs.Tests.Markdown;

namespace MarbleRun.Docs.Tests;

/// <summary>Every block of JSON lines is an audit trail from its beginning.</summary>
public sealed class JsonLinesBlockTests
{
    public static TheoryData<string> Places => Documents.Places("jsonl");

    [Theory]
    [MemberData(nameof(Places))]
    public void Block_OfADocument_IsAnIntactAuditTrail(string place)
    {
        AuditVerification found = Verify(Documents.BlockAt(place).Content);

        Assert.Empty(found.Faults);
        Assert.NotEqual(0, found.RecordCount);
        Assert.Equal(0, found.UnfinishedBytes);
    }

    [Fact]
    public void Verify_ChangedRecord_IsNoticed() =>
        Assert.NotEmpty(Verify(Documents.Blocks
            .First(b => b.Language == "jsonl").Content
            .Replace("manifest.set", "manifest.get", StringComparison.Ordinal)).Faults);

    private static AuditVerification Verify(string content) =>
        AuditTrail.Verify([new AuditFile("block", Encoding.UTF8.GetBytes(content))], AuditHead.Start.Hash);
}
