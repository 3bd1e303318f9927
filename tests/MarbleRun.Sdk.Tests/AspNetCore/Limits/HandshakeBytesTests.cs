using System.Buffers;
using MarbleRun.AspNetCore.Limits;

namespace MarbleRun.Tests.AspNetCore.Limits;

/// <summary>What of a handshake counts as its ClientHello, and what counts as the bytes after it.</summary>
[Trait("Security", "G2")]
public sealed class HandshakeBytesTests
{
    private const int Most = 3000;
    private const byte Hello = 1;
    private const byte Certificate = 11;

    private readonly HandshakeBytes _bytes = new(Most);

    [Fact]
    public void Add_LargeHelloAndAllThatMayFollow_Fits()
    {
        Add(22, Message(Hello, 8000));
        Add(23, new byte[Most - 5]);

        Assert.False(_bytes.IsTooMuch);
        Add(20, [1]);
        Assert.True(_bytes.IsTooMuch);
    }

    [Fact]
    public void Add_HelloBeyondItsOwnLimit_IsTooMuch()
    {
        Add(22, Message(Hello, HandshakeBytes.MostOfHello - 9));
        Assert.False(_bytes.IsTooMuch);

        Add(22, Message(Hello, 0));
        Assert.True(_bytes.IsTooMuch);
    }

    [Fact]
    public void Add_HelloThatAnnouncesTooMuch_IsTooMuchBeforeItCame()
    {
        Add(22, [Hello, 0, 0x20, 0, 3, 3]);

        Assert.True(_bytes.IsTooMuch);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(7)]
    [InlineData(600)]
    public void Add_HelloInPieces_CountsAsHello(int piece)
    {
        foreach (byte[] part in Message(Hello, 1200).Chunk(piece))
        {
            Add(22, part);
        }

        Add(22, Message(Certificate, Most - 9));
        Assert.False(_bytes.IsTooMuch);
        Add(22, []);
        Assert.True(_bytes.IsTooMuch);
    }

    [Fact]
    public void Add_SecondHelloAfterTheServerAskedForIt_CountsAsHello()
    {
        Add(22, Message(Hello, 3500));
        Add(20, [1]);
        Add(22, Message(Hello, 3500));
        Add(23, new byte[Most - 5 - 6]);

        Assert.False(_bytes.IsTooMuch);
        Add(23, []);
        Assert.True(_bytes.IsTooMuch);
    }

    /// <summary>
    /// A client that resumes a session of TLS 1.2 sends it: random bytes, of which one in 256 begins as a ClientHello does.
    /// </summary>
    [Fact]
    public void Add_EncryptedFinishedThatLooksLikeAHello_CountsAsWhatFollows()
    {
        Add(22, Message(Hello, 500));
        Add(20, [1]);
        Add(22, [Hello, 0x4f, 0x12, 0x7a, .. new byte[36]]);

        Assert.False(_bytes.IsTooMuch);
        Add(22, new byte[Most - 6 - 45 - 5]);
        Assert.False(_bytes.IsTooMuch);
        Add(22, []);
        Assert.True(_bytes.IsTooMuch);
    }

    [Fact]
    public void Add_ThirdHello_CountsAsWhatFollows()
    {
        Add(22, Message(Hello, 100));
        Add(22, Message(Hello, 100));
        Add(22, Message(Hello, Most - 9));

        Assert.False(_bytes.IsTooMuch);
        Add(22, Message(Hello, 0));
        Assert.True(_bytes.IsTooMuch);
    }

    [Fact]
    public void Add_CertificatesInTheRecordOfTheHello_CountAsWhatFollows()
    {
        Add(22, [.. Message(Hello, 500), .. Message(Certificate, Most - 9)]);

        Assert.False(_bytes.IsTooMuch);
        Add(20, [1]);
        Assert.True(_bytes.IsTooMuch);
    }

    [Fact]
    public void Add_HelloBehindCertificates_CountsAsWhatFollows()
    {
        Add(22, Message(Hello, 100));
        Add(22, Message(Certificate, 100));
        Add(22, Message(Hello, Most - 100));

        Assert.True(_bytes.IsTooMuch);
    }

    [Fact]
    public void Add_EncryptedRecordInTheMiddleOfTheHello_EndsIt()
    {
        Add(22, Message(Hello, 5000)[..100]);
        Add(23, new byte[100]);
        Add(22, new byte[Most]);

        Assert.True(_bytes.IsTooMuch);
    }

    [Fact]
    public void Add_EmptyRecords_ComeToAnEnd()
    {
        for (int i = 0; i <= HandshakeBytes.MostOfHello / 5; i++)
        {
            Assert.False(_bytes.IsTooMuch);
            Add(22, []);
        }

        Assert.True(_bytes.IsTooMuch);
    }

    [Theory]
    [InlineData(22, 11_192, false)]
    [InlineData(22, 11_193, true)]
    [InlineData(23, 3000, false)]
    [InlineData(23, 3001, true)]
    public void WouldExceed_RecordThatIsNotWhole_IsReportedByItsLength(byte type, int length, bool exceeds) =>
        Assert.Equal(exceeds, _bytes.WouldExceed(type, length));

    [Fact]
    public void IsLarge_MoreThanTwoThirds_IsTrue()
    {
        Add(22, Message(Hello, 8000));
        Add(23, new byte[1995]);
        Assert.False(_bytes.IsLarge);

        Add(23, []);
        Assert.True(_bytes.IsLarge);
    }

    private static byte[] Message(byte type, int length) => [type, 0, (byte)(length >> 8), (byte)length, .. new byte[length]];

    private void Add(byte type, byte[] payload)
    {
        byte[] record = [type, 3, 3, (byte)(payload.Length >> 8), (byte)payload.Length, .. payload];
        _bytes.Add(new ReadOnlySequence<byte>(record));
    }
}
