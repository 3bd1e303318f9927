using System.Security.Cryptography;
using MarbleRun.Attestation.Claims;

namespace MarbleRun.Tests.Attestation;

public sealed class ReportDataTests
{
    [Fact]
    [Trait("Security", "C1")]
    public void ForCertificate_WithoutNonce_IsHashAndZeros()
    {
        byte[] certificate = [0x30, 0x01, 0x02];
        string expected = Convert.ToHexStringLower(SHA256.HashData(certificate)) + new string('0', 64);

        Assert.Equal(expected, ReportData.ForCertificate(certificate).ToString());
    }

    [Fact]
    [Trait("Security", "C1")]
    public void ForCertificate_WithNonce_HashesCertificateFirst()
    {
        var expected = new byte[64];
        SHA256.HashData([1, 2, 3, 4]).CopyTo(expected, 0);

        Assert.Equal(ReportData.FromBytes(expected), ReportData.ForCertificate([1, 2], [3, 4]));
        Assert.NotEqual(ReportData.FromBytes(expected), ReportData.ForCertificate([3, 4], [1, 2]));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(32)]
    [InlineData(63)]
    [InlineData(65)]
    public void FromBytes_OtherLength_Throws(int length)
    {
        ArgumentException e = Assert.Throws<ArgumentException>(() => ReportData.FromBytes(new byte[length]));

        Assert.Contains($"{length}", e.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(63)]
    [Trait("Security", "C1")]
    public void Equals_OneByteDiffers_IsFalse(int index)
    {
        var bytes = new byte[64];
        ReportData left = ReportData.FromBytes(bytes);
        bytes[index] = 1;
        ReportData right = ReportData.FromBytes(bytes);

        Assert.False(left.Equals(right));
        Assert.True(left != right);
        Assert.False(left == right);
    }

    [Fact]
    public void Equals_SameBytes_IsTrueAndHashesAgree()
    {
        byte[] bytes = RandomNumberGenerator.GetBytes(64);
        ReportData left = ReportData.FromBytes(bytes);
        ReportData right = ReportData.FromBytes(bytes);

        Assert.True(left == right);
        Assert.True(left.Equals((object)right));
        Assert.Equal(left.GetHashCode(), right.GetHashCode());
    }

    [Fact]
    public void CopyTo_RoundTrip_GivesTheSameBytes()
    {
        byte[] bytes = RandomNumberGenerator.GetBytes(64);
        var copy = new byte[64];
        ReportData.FromBytes(bytes).CopyTo(copy);

        Assert.Equal(bytes, copy);
    }

    [Fact]
    public void CopyTo_TooShort_Throws()
    {
        Assert.Throws<ArgumentException>(() => ReportData.FromBytes(new byte[64]).CopyTo(new byte[63]));
    }
}
