using System.Security.Cryptography;
using MarbleRun.Coordinator.Recovery;

namespace MarbleRun.Coordinator.Tests.Recovery;

public sealed class ShamirSecretSharingTests
{
    public static TheoryData<string> Names => [.. ShamirVectors.Shared.Vectors.Select(v => v.Name)];

    /// <summary>draft-mcgrew-tss-03, section 9: the same field; there the x stands before the y.</summary>
    [Fact]
    [Trait("Security", "F2")]
    public void Combine_PublishedVector_GivesItsSecret()
    {
        string[] published = ["01B9FA07E185", "02F5409B4511"];

        byte[] secret = ShamirSecretSharing.Combine(
            [.. published.Select(share => (ReadOnlyMemory<byte>)Convert.FromHexString(share[2..] + share[..2]))]);

        Assert.Equal("7465737400", Convert.ToHexString(secret));
    }

    [Theory]
    [MemberData(nameof(Names))]
    [Trait("Security", "F2")]
    public void Combine_SharesOfTheOtherComputation_GivesTheSecret(string name)
    {
        ShamirVectors.Vector vector = ShamirVectors.Shared.Vectors.Single(v => v.Name == name);
        ReadOnlyMemory<byte>[] shares = [.. vector.Shares.Select(s => (ReadOnlyMemory<byte>)Convert.FromHexString(s))];

        // As many as are needed, from the front, from the back, and all there are.
        Assert.Equal(vector.Secret, Convert.ToHexStringLower(ShamirSecretSharing.Combine(shares[..vector.Threshold])));
        Assert.Equal(vector.Secret, Convert.ToHexStringLower(ShamirSecretSharing.Combine([.. shares.Reverse().Take(vector.Threshold)])));
        Assert.Equal(vector.Secret, Convert.ToHexStringLower(ShamirSecretSharing.Combine(shares)));
    }

    [Fact]
    public void Split_AnyThreeOfFive_GiveTheSecret()
    {
        byte[] secret = RandomNumberGenerator.GetBytes(32);
        byte[][] shares = ShamirSecretSharing.Split(secret, 5, 3);

        foreach (int[] chosen in ThreeOfFive.All)
        {
            Assert.Equal(secret, ShamirSecretSharing.Combine([.. chosen.Select(i => (ReadOnlyMemory<byte>)shares[i])]));
        }
    }

    [Fact]
    public void Split_Secret_GivesSharesWithTheirXLast()
    {
        byte[][] shares = ShamirSecretSharing.Split(RandomNumberGenerator.GetBytes(32), 255, 255);

        Assert.All(shares, share => Assert.Equal(33, share.Length));
        Assert.Equal(Enumerable.Range(1, 255), shares.Select(share => (int)share[32]));
    }

    /// <summary>
    /// Whatever the secret is, a share alone is any bytes: over many splits of one secret every value of a byte appears about equally
    /// often.
    /// </summary>
    [Fact]
    public void Split_SameSecretManyTimes_GivesSharesThatSayNothing()
    {
        byte[] secret = new byte[1024];
        int[] counts = new int[256];
        for (int round = 0; round < 64; round++)
        {
            byte[] share = ShamirSecretSharing.Split(secret, 3, 2)[1];
            foreach (byte value in share.AsSpan(0, secret.Length))
            {
                counts[value]++;
            }
        }

        // Chi-square with 255 degrees of freedom; above 400 less than once in 10^7 runs.
        Assert.InRange(counts.Sum(count => (count - 256.0) * (count - 256.0) / 256.0), 0, 400);
    }

    [Fact]
    [Trait("Security", "F1")]
    public void Combine_OneShareTooFew_GivesAnotherValue()
    {
        byte[] secret = RandomNumberGenerator.GetBytes(32);
        byte[][] shares = ShamirSecretSharing.Split(secret, 5, 3);

        Assert.NotEqual(secret, ShamirSecretSharing.Combine([shares[0], shares[1]]));
    }

    [Theory]
    [InlineData("0101")]
    [InlineData("0101", "0201", "0301")]
    [InlineData("0101", "0200")]
    [InlineData("0101", "020203")]
    [InlineData("01", "02")]
    [InlineData("", "")]
    [Trait("Security", "F1")]
    public void Combine_SharesThatNoSplitGives_IsRefused(params string[] shares) =>
        Assert.Throws<ArgumentException>(
            () => ShamirSecretSharing.Combine([.. shares.Select(s => (ReadOnlyMemory<byte>)Convert.FromHexString(s))]));

    [Theory]
    [InlineData(5, 1)]
    [InlineData(2, 3)]
    [InlineData(256, 2)]
    public void Split_ImpossibleThreshold_IsRefused(int shares, int threshold) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => ShamirSecretSharing.Split(new byte[32], shares, threshold));
}
