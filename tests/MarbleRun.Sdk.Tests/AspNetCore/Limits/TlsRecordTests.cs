using System.Buffers;
using System.Text;
using MarbleRun.AspNetCore.Limits;

namespace MarbleRun.Tests.AspNetCore.Limits;

[Trait("Security", "G2")]
public sealed class TlsRecordTests
{
    [Theory]
    [InlineData("16", nameof(TlsRecordKind.Incomplete), 0)]
    [InlineData("160301", nameof(TlsRecordKind.Incomplete), 0)]
    [InlineData("1603010003", nameof(TlsRecordKind.Incomplete), 8)]
    [InlineData("1603010003AABBCC", nameof(TlsRecordKind.Complete), 8)]
    [InlineData("1603010003AABBCCDD", nameof(TlsRecordKind.Complete), 8)]
    [InlineData("160301FFFF", nameof(TlsRecordKind.Incomplete), 65540)]
    [InlineData("1602010003", nameof(TlsRecordKind.Other), 0)]
    [InlineData("170303000100", nameof(TlsRecordKind.Other), 0)]
    [InlineData("802E0103", nameof(TlsRecordKind.Other), 0)]
    [InlineData("00", nameof(TlsRecordKind.Other), 0)]
    public void Find_FirstBytes_AreKnown(string bytes, string kind, long length)
    {
        TlsRecordKind found = TlsRecord.Find(new ReadOnlySequence<byte>(Convert.FromHexString(bytes)), isFirst: true, out long size);

        Assert.Equal((kind, length), (found.ToString(), size));
    }

    [Theory]
    [InlineData("170303000100", nameof(TlsRecordKind.Complete))]
    [InlineData("140303000101", nameof(TlsRecordKind.Complete))]
    [InlineData("474554202F20", nameof(TlsRecordKind.Other))]
    public void Find_LaterBytes_AreKnown(string bytes, string kind) =>
        Assert.Equal(kind, TlsRecord.Find(new ReadOnlySequence<byte>(Convert.FromHexString(bytes)), isFirst: false, out _).ToString());

    [Theory]
    [InlineData("G", nameof(TlsRecordKind.Incomplete))]
    [InlineData("POST", nameof(TlsRecordKind.Incomplete))]
    [InlineData("GET / HTTP/1.1", nameof(TlsRecordKind.PlainHttp))]
    [InlineData("OPTIONS * HTTP/1.1", nameof(TlsRecordKind.PlainHttp))]
    [InlineData("PRI * HTTP/2.0", nameof(TlsRecordKind.PlainHttp))]
    [InlineData("GETTING", nameof(TlsRecordKind.Other))]
    [InlineData("SSH-2.0", nameof(TlsRecordKind.Other))]
    public void Find_Text_IsHttpOrNothing(string text, string kind) =>
        Assert.Equal(kind, TlsRecord.Find(new ReadOnlySequence<byte>(Encoding.ASCII.GetBytes(text)), isFirst: true, out _).ToString());
}
