using System.Text;
using System.Text.Json;
using MarbleRun.Audit;

namespace MarbleRun.Tests.Audit;

public sealed class AuditRecordTests
{
    private const string Line =
        """{"seq":7,"time":"2031-05-06T07:08:09.0000000Z","action":"manifest.set","user":"admin","certificate":null,"outcome":"allowed","details":"""
        +
        """{"a":"1","b":"2"},"prev":"0000000000000000000000000000000000000000000000000000000000000000"}""";

    [Fact]
    public void ToLine_OfARecord_IsTheDocumentedText()
    {
        var time = new DateTimeOffset(2031, 5, 6, 9, 8, 9, TimeSpan.FromHours(2));
        var record = new AuditRecord(7, time, "manifest.set", AuditOutcome.Allowed, AuditHead.Start.Hash) { User = "admin" };
        record = record with { Details = record.Details.Add("b", "2").Add("a", "1") };

        Assert.Equal(Line, Encoding.ASCII.GetString(record.ToLine()));
    }

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("a\"b\\c/d", "a\\\"b\\\\c/d")]
    [InlineData("line\nfeed\t\0\u007F", "line\\u000afeed\\u0009\\u0000\\u007f")]
    [InlineData("Zürich \u2028", "Z\\u00fcrich \\u2028")]
    [InlineData("😀", "\\ud83d\\ude00")]
    public void ToLine_TextOfAnyKind_IsEscapedToAscii(string text, string escaped)
    {
        byte[] line = (TestTrail.RecordOf(1, AuditHead.Start.Hash) with { User = text }).ToLine();

        Assert.Contains($"\"user\":\"{escaped}\"", Encoding.ASCII.GetString(line), StringComparison.Ordinal);
        Assert.DoesNotContain((byte)'\n', line);
        Assert.True(AuditRecord.TryParse(line, out AuditRecord? record));
        Assert.Equal(text, record.User);
        using var document = JsonDocument.Parse(line);
        Assert.Equal(text, document.RootElement.GetProperty("user").GetString());
    }

    [Fact]
    public void ToLine_HalfASurrogatePair_IsReplaced()
    {
        byte[] line = (TestTrail.RecordOf(1, AuditHead.Start.Hash) with { User = "half " + '\ud83d' }).ToLine();

        Assert.Contains("\"user\":\"half \\ufffd\"", Encoding.ASCII.GetString(line), StringComparison.Ordinal);
        Assert.True(AuditRecord.TryParse(line, out _));
    }

    [Fact]
    public void TryParse_OwnLine_GivesTheRecord()
    {
        AuditRecord record = TestTrail.RecordOf(2, new string('a', 64)) with { CertificateHash = new string('b', 64) };

        Assert.True(AuditRecord.TryParse(record.ToLine(), out AuditRecord? read));

        Assert.Equal(record with { Details = read.Details }, read);
        Assert.Equal(record.Details, read.Details);
    }

    /// <summary>There is one way to write a record, so that nothing is hidden in another one.</summary>
    [Theory]
    [InlineData("\"seq\":7", "\"seq\": 7")]
    [InlineData("\"seq\":7", "\"seq\":7.0")]
    [InlineData("\"seq\":7", "\"seq\":\"7\"")]
    [InlineData("\"seq\":7", "\"seq\":7,\"seq\":7")]
    [InlineData("\"seq\":7", "\"seq\":99999999999999999999")]
    [InlineData("\"seq\":7,", "")]
    [InlineData("09.0000000Z", "09Z")]
    [InlineData("09.0000000Z", "09.0000000+02:00")]
    [InlineData("2031-05", "2031-13")]
    [InlineData("admin", "\\u0061dmin")]
    [InlineData("admin", "\\ud800")]
    [InlineData("\"admin\"", "5")]
    [InlineData("\"admin\"", "{}")]
    [InlineData("\"user\":\"admin\",", "")]
    [InlineData("allowed", "Allowed")]
    [InlineData("\"allowed\"", "null")]
    [InlineData("{\"a\":\"1\",\"b\":\"2\"}", "{\"b\":\"2\",\"a\":\"1\"}")]
    [InlineData("{\"a\":\"1\",\"b\":\"2\"}", "[]")]
    [InlineData("{\"a\":\"1\",\"b\":\"2\"}", "{\"a\":null}")]
    [InlineData("{\"a\":\"1\",\"b\":\"2\"}", "{\"a\":1}")]
    [InlineData(",\"prev\"", ",\"more\":1,\"prev\"")]
    [InlineData("\"}", "\"} ")]
    [InlineData("\"}", "\"}\r")]
    [InlineData("\"}", "\"")]
    [InlineData("{\"seq\"", " {\"seq\"")]
    [InlineData("{\"seq\"", "[{\"seq\"")]
    public void TryParse_SameContentWrittenOtherwise_IsNoRecord(string from, string to)
    {
        Assert.True(AuditRecord.TryParse(Encoding.UTF8.GetBytes(Line), out _));

        Assert.False(AuditRecord.TryParse(Encoding.UTF8.GetBytes(Line.Replace(from, to, StringComparison.Ordinal)), out _));
    }

    [Fact]
    public void TryParse_AnyBytesAtAll_DoesNotThrow()
    {
        var random = new Random(20_260_101);
        byte[] line = Encoding.UTF8.GetBytes(Line);
        for (int i = 0; i < 20_000; i++)
        {
            byte[] changed = [.. line.AsSpan(0, random.Next(line.Length + 1))];
            for (int flips = random.Next(4); flips > 0 && changed.Length > 0; flips--)
            {
                changed[random.Next(changed.Length)] = (byte)random.Next(256);
            }

            if (AuditRecord.TryParse(changed, out AuditRecord? record))
            {
                Assert.Equal(changed, record.ToLine());
            }
        }

        Assert.False(AuditRecord.TryParse([], out _));
        Assert.False(AuditRecord.TryParse(Encoding.ASCII.GetBytes(new string('[', 1000)), out _));
        Assert.False(AuditRecord.TryParse(new byte[AuditRecord.MaxLineLength + 1], out _));
    }
}
