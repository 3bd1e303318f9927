using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Identity;
using MarbleRun.TestSupport;

namespace MarbleRun.Tests.Identity;

/// <summary>Certificates whose signature is not worth checking.</summary>
public sealed class CertificateChainTests : IDisposable
{
    private readonly WaitingClock _clock = new();
    private readonly TestAuthority _authority;

    public CertificateChainTests()
    {
        _authority = new TestAuthority(_clock);
    }

    public void Dispose() => _authority.Dispose();

    /// <summary>It has ended, too, which only a chain that was built would tell.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void TryVerify_CertificateThatIssuedItself_IsRefusedWithoutAChain(bool hasTheNameOfTheRoot)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        X500DistinguishedName name = hasTheNameOfTheRoot ? _authority.MarbleRoot.SubjectName : new X500DistinguishedName("CN=outsider");
        DateTimeOffset now = _clock.GetUtcNow();
        using X509Certificate2 leaf = new CertificateRequest(name, key, HashAlgorithmName.SHA256).CreateSelfSigned(
            now.AddDays(-2), now.AddDays(-1));

        Assert.False(CertificateChain.TryVerify(leaf, _authority.MarbleRoot, CertificateRole.Client, now, out string? reason));
        Assert.Equal("the certificate was not issued by the authority of this mesh", reason);
    }
}
