using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Coordinator.Authority;
using MarbleRun.Identity;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Renewal;

/// <summary>What certificates of Marbles say beside type and instance.</summary>
public sealed class MarbleNameTests : CoordinatorTest
{
    [Fact]
    public async Task Activate_ByEvidence_NamesTheSpiffeIdTheMeasurementAndThePlatform()
    {
        CoordinatorHost host = await StartAsync();
        await TestManifest.SetAsync(host);
        var uuid = Guid.NewGuid();

        using RenewingMarble marble = await RenewingMarble.ActivateAsync(host, uuid: uuid.ToString());

        Assert.True(MarblePeer.TryRead(marble.Certificate, out MarblePeer? peer));
        string domain = Convert.ToHexStringLower(SHA256.HashData(marble.Root.RawData))[..32];
        Assert.Equal($"spiffe://{domain}/marble/web/{uuid}", peer.SpiffeId);
        Assert.Equal(host.Platform.MeasureRunningProcess().UniqueId, peer.Measurement);
        Assert.Matches("^[0-9a-f]{64}$", peer.Platform);
    }

    [Fact]
    public async Task Activate_UriName_IsReadByOpenSsl()
    {
        CoordinatorHost host = await StartAsync();
        await TestManifest.SetAsync(host);
        using RenewingMarble marble = await RenewingMarble.ActivateAsync(host);
        await File.WriteAllTextAsync(Folder.File("leaf.pem"), marble.Certificate.ExportCertificatePem(), Cancellation);

        string text = await OpenSsl.RunAsync("x509", "-in", Folder.File("leaf.pem"), "-noout", "-text");

        Assert.Contains("URI:spiffe://", text, StringComparison.Ordinal);
        Assert.Contains("2.23.133.5.4.1", text, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("front-end_2.x", "front-end_2.x")]
    [InlineData("a/b", "a%2Fb")]
    [InlineData("..", "%2E%2E")]
    [InlineData(".", "%2E")]
    [InlineData("ä %", "%C3%A4%20%25")]
    [Trait("Security", "D1")]
    public void Of_TypeOfAnyText_IsOneSegmentThatNamesIt(string marbleType, string segment)
    {
        var uuid = Guid.NewGuid();

        Assert.Equal($"spiffe://mesh.example/marble/{segment}/{uuid}", SpiffeId.Of("mesh.example", marbleType, uuid));
    }

    [Fact]
    public void Of_TypeThatMakesItTooLong_IsNull() => Assert.Null(SpiffeId.Of("mesh.example", new string('a', 2048), Guid.NewGuid()));

    [Fact]
    [Trait("Security", "D1")]
    public async Task Activate_RequestWithAUriName_GetsItsOwnOnly()
    {
        CoordinatorHost host = await StartAsync();
        await TestManifest.SetAsync(host);
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddUri(new Uri("spiffe://mesh.example/marble/admin/1"));
        var request = new CertificateRequest(new X500DistinguishedName(string.Empty), key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(names.Build());
        using RenewingMarble marble = await RenewingMarble.ActivateAsync(host);

        (Protos.RenewResponse response, _) = await marble.RenewAsync(
            change: r => r.Csr = Google.Protobuf.ByteString.CopyFrom(request.CreateSigningRequest()), key: key);

        using X509Certificate2 leaf = X509CertificateLoader.LoadCertificate(response.Certificate.Span);
        Assert.Equal(1, CountUris(leaf));
        Assert.True(MarblePeer.TryRead(leaf, out MarblePeer? peer));
        Assert.Contains("/marble/web/", peer.SpiffeId, StringComparison.Ordinal);
    }

    private static int CountUris(X509Certificate2 leaf)
    {
        AsnReader names = new AsnReader(
            leaf.Extensions.OfType<X509SubjectAlternativeNameExtension>().Single().RawData, AsnEncodingRules.DER).ReadSequence();
        int count = 0;
        while (names.HasData)
        {
            count += names.PeekTag().TagValue == 6 ? 1 : 0;
            names.ReadEncodedValue();
        }

        return count;
    }
}
