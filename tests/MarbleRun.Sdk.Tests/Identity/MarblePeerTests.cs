using System.Security.Cryptography.X509Certificates;
using MarbleRun.Identity;
using MarbleRun.TestSupport;

namespace MarbleRun.Tests.Identity;

public sealed class MarblePeerTests : IDisposable
{
    private readonly TestAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    [Fact]
    public void TryRead_MarbleCertificate_GivesTypeAndId()
    {
        var id = Guid.NewGuid();
        using X509Certificate2 certificate = _authority.IssueMarble("fröntend", id);

        Assert.True(MarblePeer.TryRead(certificate, out MarblePeer? peer));
        Assert.Equal("fröntend", peer.MarbleType);
        Assert.Equal(id, peer.Id);
    }

    [Fact]
    public void TryRead_NoTypeExtension_IsNoMarble()
    {
        using X509Certificate2 certificate = _authority.IssueMarble(null);

        Assert.False(MarblePeer.TryRead(certificate, out _));
    }

    [Fact]
    [Trait("Security", "D2")]
    public void TryRead_CertificateAuthorityWithType_IsNoMarble()
    {
        using X509Certificate2 certificate = _authority.IssueMarble("frontend", change: t => t.IsAuthority = true);

        Assert.False(MarblePeer.TryRead(certificate, out _));
    }

    [Theory]
    [InlineData("frontend")]
    [InlineData("00000000-0000-0000-0000-000000000000")]
    [InlineData("0cc175b9-c0f1-4b6a-831c-399e26977266x")]
    public void TryRead_CommonNameNoUuid_IsNoMarble(string commonName)
    {
        using X509Certificate2 certificate = _authority.IssueMarble("frontend", change: t => t.CommonName = commonName);

        Assert.False(MarblePeer.TryRead(certificate, out _));
    }

    [Theory]
    [InlineData(new byte[] { })]
    [InlineData(new byte[] { 0xff, 0xfe })]
    [Trait("Security", "G3")]
    public void TryRead_TypeEmptyOrNotUtf8_IsNoMarble(byte[] type)
    {
        using X509Certificate2 certificate = _authority.IssueMarble("frontend", change: t => t.Type = type);

        Assert.False(MarblePeer.TryRead(certificate, out _));
    }

    [Fact]
    public void AllowTypes_ComparesWholeNamesWithCase()
    {
        var policy = MarblePeerPolicy.AllowTypes("frontend", "backend");

        Assert.True(policy.IsAllowed(new MarblePeer("backend", Guid.NewGuid())));
        Assert.False(policy.IsAllowed(new MarblePeer("Backend", Guid.NewGuid())));
        Assert.False(policy.IsAllowed(new MarblePeer("backend2", Guid.NewGuid())));
        Assert.True(policy.IdentifiesPeer);
        Assert.False(MarblePeerPolicy.AnyMarble.IdentifiesPeer);
    }

    [Fact]
    public void AllowTypes_None_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => MarblePeerPolicy.AllowTypes());
    }
}
