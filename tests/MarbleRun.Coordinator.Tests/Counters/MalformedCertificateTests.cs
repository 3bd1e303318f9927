using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using MarbleRun.Coordinator.Authority;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.Tests.Manifests;
using MarbleRun.Coordinator.Tests.Users;
using MarbleRun.Identity;

namespace MarbleRun.Coordinator.Tests.Counters;

/// <summary>Client certificates with extensions that are not DER: the caller gets a refusal, and never an error of the server.</summary>
[Trait("Security", "G3")]
public sealed class MalformedCertificateTests(GovernedFixture fixture) : IClassFixture<GovernedFixture>
{
    private const string Body = """{"name":"n","value":1}""";

    private readonly GovernedMesh _mesh = fixture.Mesh;

    [Theory]
    [InlineData("2.5.29.14", "")]
    [InlineData("2.5.29.15", "0102")]
    [InlineData("2.5.29.15", "0500")]
    [InlineData("2.5.29.17", "30")]
    [InlineData("2.5.29.19", "010203")]
    [InlineData("2.5.29.19", "")]
    [InlineData("2.5.29.35", "FF")]
    [InlineData("2.5.29.37", "3005060100")]
    [InlineData("2.5.29.37", "")]
    public void Read_ExtensionThatIsNoDer_IsAFaultOfAnyIssuer(string oid, string value)
    {
        MeshAuthority authority = _mesh.State.Authority;
        foreach (X509Certificate2? issuer in (X509Certificate2?[])[null, authority.MarbleRoot])
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            using X509Certificate2 leaf = Issue(key, issuer, oid, Convert.FromHexString(value));

            Assert.Null(MarbleCertificateCheck.Identify(leaf, authority.MarbleRoot, DateTimeOffset.UtcNow, out string? fault));

            Assert.StartsWith("x509: ", fault, StringComparison.Ordinal);
        }
    }

    /// <remarks>The platform of the server refuses some of them in the handshake; none of them is an error of the server.</remarks>
    [Theory]
    [InlineData("2.5.29.14", "")]
    [InlineData("2.5.29.17", "30")]
    [InlineData("2.5.29.19", "010203")]
    [InlineData("2.5.29.19", "")]
    [InlineData("2.5.29.35", "FF")]
    [InlineData("2.5.29.37", "3005060100")]
    [InlineData("2.5.29.37", "")]
    public async Task Raise_ExtensionThatIsNoDer_Is401OrNoConnection(string oid, string value)
    {
        CoordinatorState before = _mesh.State;
        foreach (X509Certificate2? issuer in (X509Certificate2?[])[null, before.Authority.MarbleRoot])
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            using X509Certificate2 bare = Issue(key, issuer, oid, Convert.FromHexString(value));
            using X509Certificate2 leaf = bare.CopyWithPrivateKey(key);
            using var client = ShownCertificates.To(_mesh.Host, leaf);
            try
            {
                Assert.StartsWith(
                    "401 {\"status\":\"fail\",\"data\":null,\"message\":\"unauthorized marble: x509: ",
                    await CounterMarble.SendAsync(client, Body),
                    StringComparison.Ordinal);
            }
            catch (HttpRequestException)
            {
                // Refused in the handshake.
            }
        }

        Assert.Same(before, _mesh.State);
        Assert.DoesNotContain(_mesh.Host.Logs.Entries, e => e.StartsWith("Error", StringComparison.Ordinal));
    }

    private static X509Certificate2 Issue(ECDsa key, X509Certificate2? issuer, string oid, byte[] value)
    {
        var request = new CertificateRequest($"CN={Guid.NewGuid()}", key, HashAlgorithmName.SHA256);
        if (oid != "2.5.29.37")
        {
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.2")], critical: false));
        }

        request.CertificateExtensions.Add(
            new X509Extension(MarblePeer.TypeOid, Encoding.UTF8.GetBytes("web"), critical: false));
        request.CertificateExtensions.Add(new X509Extension(oid, value, critical: false));
        DateTimeOffset now = DateTimeOffset.UtcNow;
        using ECDsa? issuerKey = issuer?.GetECDsaPrivateKey();
        return request.Create(
            issuer?.SubjectName ?? request.SubjectName,
            X509SignatureGenerator.CreateForECDsa(issuerKey ?? key),
            now.AddMinutes(-1),
            now.AddDays(1),
            RandomNumberGenerator.GetBytes(16));
    }
}
