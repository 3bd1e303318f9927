using MarbleRun.Attestation;

namespace MarbleRun.Tests.Attestation;

public sealed class QuoteTests
{
    private static readonly byte[] s_raw = [3, 0, 2, 0, 0xab];

    [Fact]
    public void ToEvidence_OfRawQuote_PutsOpenEnclaveHeaderInFront()
    {
        byte[] evidence = Quote.FromRaw(s_raw).ToEvidence();

        Assert.Equal("01000000020000000500000000000000" + "03000200ab", Convert.ToHexStringLower(evidence));
    }

    [Fact]
    public void FromEvidence_WithHeader_TakesHeaderOff()
    {
        byte[] evidence = Quote.FromRaw(s_raw).ToEvidence();

        Assert.Equal(s_raw, Quote.FromEvidence(evidence).RawData.ToArray());
    }

    [Fact]
    public void FromEvidence_WithoutHeader_TakesBytesAsTheyAre()
    {
        Assert.Equal(s_raw, Quote.FromEvidence(s_raw).RawData.ToArray());
    }

    [Theory]
    [InlineData("02000000020000000100000000000000ff")]
    [InlineData("01000000010000000100000000000000ff")]
    [InlineData("01000000020000000200000000000000ff")]
    [InlineData("01000000020000000000000000000000ff")]
    [InlineData("010000000200000001000000ffffffffff")]
    [InlineData("01000000020000000000000000000000")]
    [InlineData("0100000002000000")]
    [Trait("Security", "A18")]
    public void FromEvidence_HeaderThatDoesNotFit_StaysInPlace(string hex)
    {
        byte[] evidence = Convert.FromHexString(hex);

        Assert.Equal(evidence, Quote.FromEvidence(evidence).RawData.ToArray());
    }

    [Fact]
    public void ToEvidence_OfNothing_IsNothing()
    {
        Quote quote = Quote.FromEvidence([]);

        Assert.True(quote.IsEmpty);
        Assert.Empty(quote.ToEvidence());
    }

    [Fact]
    public void FromRaw_BytesChangedLater_KeepsItsOwn()
    {
        byte[] raw = [1, 2, 3];
        Quote quote = Quote.FromRaw(raw);
        raw[0] = 9;

        Assert.Equal<byte>([1, 2, 3], quote.RawData.ToArray());
    }
}
