using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using MarbleRun.Coordinator.Authority;
using MarbleRun.Coordinator.Tests.Manifests;
using MarbleRun.Coordinator.Tests.Users;
using MarbleRun.Identity;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace MarbleRun.Coordinator.Tests.Counters;

/// <summary>Who is a Marble to the counters, and who only looks like one.</summary>
public sealed class CounterIdentityTests : CoordinatorTest
{
    private const string Body = """{"name":"n","value":1}""";
    private const string UnknownAuthority = "x509: certificate signed by unknown authority";

    [Fact]
    [Trait("Security", "E2")]
    [Case("client-api", "Counter: not a Marble")]
    [Case("client-api", "Counter: a certificate of another authority")]
    public async Task Raise_CallersThatAreNoMarble_AreRefused()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();
        using CounterMarble marble = await CounterMarble.ActivateAsync(mesh);
        using X509Certificate2 selfMade = SelfMade(Guid.NewGuid().ToString(), "web");
        using var anonymous = ShownCertificates.To(mesh.Host, null);
        using var user = ShownCertificates.To(mesh.Host, mesh.Anna.Certificate);
        using var outsiderAlone = ShownCertificates.To(mesh.Host, selfMade);

        Assert.Equal(
            CounterMarble.Unauthorized("client certificate did not match any Marble"), await CounterMarble.SendAsync(anonymous, "{"));
        Assert.Equal(CounterMarble.Unauthorized(UnknownAuthority), await CounterMarble.SendAsync(user, Body));
        Assert.Equal(CounterMarble.Unauthorized(UnknownAuthority), await CounterMarble.SendAsync(outsiderAlone, Body));
        Assert.Empty(mesh.State.Counters.Values);
        Assert.Equal(CounterMarble.Value(0), await marble.SendAsync(Body));
    }

    [Fact]
    [Trait("Security", "E2")]
    [Case("client-api", "Counter: a bad certificate before a good one, unlike the reference")]
    [Case("updates-and-users", "Another leaf before a Marble's certificate is not a Marble")]
    public async Task Raise_MarblesCertificateBehindAnotherLeaf_IsRefused()
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();
        Dictionary<string, string> environment = await mesh.ActivateAsync();
        using var marble = new CounterMarble(mesh, environment);

        // The other leaf names the Marble's certificate as its issuer, so that the platform sends both.
        using X509Certificate2 outsider = ShownCertificates.Issue(Guid.NewGuid().ToString(), marble.Certificate);
        using var attack = ShownCertificates.To(mesh.Host, outsider, marble.Certificate);
        var chain = new X509Certificate2Collection();
        chain.ImportFromPem(environment["MARBLE_PREDEFINED_MARBLE_CERTIFICATE_CHAIN"]);
        using var whole = new CounterMarble(mesh, environment, chain[1]);

        Assert.Equal(CounterMarble.Unauthorized(UnknownAuthority), await CounterMarble.SendAsync(attack, Body));
        Assert.Empty(mesh.State.Counters.Values);
        Assert.Equal(CounterMarble.Value(0), await whole.SendAsync(Body));
    }

    [Fact]
    [Trait("Security", "D2")]
    [Case("client-api", "Counter: a certificate of another authority")]
    public async Task Raise_CertificatesOfSecrets_AreNoMarbles()
    {
        string uuid = Guid.NewGuid().ToString();
        await using GovernedMesh mesh = await GovernedMesh.StartAsync(m =>
        {
            m["Secrets"]!["cert"]!["Cert"]!["Subject"]!["CommonName"] = uuid;
            m["Secrets"]!["authority"] = JsonNode.Parse(
                $$$"""{"Type":"cert-ecdsa","Size":256,"Shared":true,"Cert":{"IsCA":true,"BasicConstraintsValid":true,"Subject":{"CommonName":"{{{uuid}}}"} } }""");
            JsonNode environment = m["Marbles"]!["web"]!["Parameters"]!["Env"]!;
            environment["AUTHORITY"] = "{{ pem .Secrets.authority.Cert }}";
            environment["AUTHORITY_KEY"] = "{{ pem .Secrets.authority.Private }}";
        });
        Dictionary<string, string> environment = await mesh.ActivateAsync();
        using X509Certificate2 secret = X509Certificate2.CreateFromPem(environment["CERT"], environment["CERT_KEY"]);
        using X509Certificate2 authority = X509Certificate2.CreateFromPem(environment["AUTHORITY"], environment["AUTHORITY_KEY"]);
        using X509Certificate2 forged = SelfMade(uuid, "web", authority);
        using var bySecret = ShownCertificates.To(mesh.Host, secret);
        using var byAuthority = ShownCertificates.To(mesh.Host, authority);
        using var byForged = ShownCertificates.To(mesh.Host, forged, authority);

        Assert.Equal(
            CounterMarble.Unauthorized("MarbleType extension not found in certificate"), await CounterMarble.SendAsync(bySecret, Body));
        Assert.StartsWith("401 ", await CounterMarble.SendAsync(byAuthority, Body), StringComparison.Ordinal);
        Assert.Equal(CounterMarble.Unauthorized(UnknownAuthority), await CounterMarble.SendAsync(byForged, Body));
        Assert.Empty(mesh.State.Counters.Values);
    }

    [Fact]
    [Trait("Security", "D2")]
    public async Task Set_SecretWhoseCertificateWouldNameAMarbleType_IsRefused()
    {
        CoordinatorHost host = await StartAsync();
        JsonObject manifest = GovernedManifest.Create(host, []);
        manifest["Secrets"]!["cert"]!["Cert"] = JsonNode.Parse("""{"ExtraExtensions":[{"Id":[1,3,9903,2,1],"Value":"d2Vi"}]}""");
        using var client = ShownCertificates.To(host, null);

        string answer = await client.SendAsync("/manifest", manifest.Write());

        Assert.StartsWith("400 ", answer, StringComparison.Ordinal);
        Assert.Contains("cert", answer, StringComparison.Ordinal);
    }

    [Theory]
    [Trait("Security", "D4")]
    [InlineData(-1, true)]
    [InlineData(1, false)]
    public async Task Raise_CertificateThatEnds_IsRefusedAfterIt(int hours, bool isTaken)
    {
        var clock = new FakeTimeProvider(DateTimeOffset.UtcNow);
        await using GovernedMesh mesh = await GovernedMesh.StartAsync(configure: s => s.AddSingleton<TimeProvider>(clock));
        using CounterMarble marble = await CounterMarble.ActivateAsync(mesh);
        clock.SetUtcNow(marble.Certificate.NotAfter.ToUniversalTime() + TimeSpan.FromHours(hours));

        Assert.Equal(
            isTaken ? CounterMarble.Value(0) : CounterMarble.Unauthorized("x509: certificate has expired or is not yet valid"),
            await marble.SendAsync(Body));
    }

    [Theory]
    [Trait("Security", "D12")]
    [InlineData(true)]
    [InlineData(false)]
    [Case("updates-and-users", "A Marble certificate of before does not verify")]
    public async Task Raise_CertificateOfAnEarlierIntermediate_IsRefusedUntilTheMarbleActivatesAgain(bool isPackageUpdate)
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync(m => m["Config"]!["UpdateThreshold"] = 1);
        string uuid = Guid.NewGuid().ToString();
        using CounterMarble before = await CounterMarble.ActivateAsync(mesh, uuid: uuid);
        await before.SendAsync(Body);

        (await (isPackageUpdate
            ? mesh.StartUpdateAsync(mesh.Paul, "{\"Packages\":{\"app\":{\"SecurityVersion\":0}}}")
            : mesh.StartUpdateAsync(mesh.Anna, mesh.Manifest()))).Require();

        Assert.Equal(CounterMarble.Unauthorized(UnknownAuthority), await before.SendAsync("""{"name":"n","value":2}"""));
        using CounterMarble after = await CounterMarble.ActivateAsync(mesh, uuid: uuid);
        Assert.Equal(CounterMarble.Value(1), await after.SendAsync("""{"name":"n","value":2}"""));
    }

    [Theory]
    [Trait("Security", "D2")]
    [InlineData("3f1d1f64-9d1a-4b1c-9a51-0a4d2f6b7c8d", "web", true, null)]
    [InlineData("urn:uuid:3f1d1f64-9d1a-4b1c-9a51-0a4d2f6b7c8d", "web", true, null)]
    [InlineData("3f1d1f649d1a4b1c9a510a4d2f6b7c8d", "web", true, null)]
    [InlineData("web", "web", true, "the certificate's subject is not a UUID")]
    [InlineData("00000000-0000-0000-0000-000000000000", "web", true, "the certificate's subject is not a UUID")]
    [InlineData("3f1d1f64-9d1a-4b1c-9a51-0a4d2f6b7c8d", null, true, "MarbleType extension not found in certificate")]
    [InlineData("3f1d1f64-9d1a-4b1c-9a51-0a4d2f6b7c8d", "nope", true, "the manifest has no such Marble type any more")]
    [InlineData("3f1d1f64-9d1a-4b1c-9a51-0a4d2f6b7c8d", "Web", true, "the manifest has no such Marble type any more")]
    [InlineData("3f1d1f64-9d1a-4b1c-9a51-0a4d2f6b7c8d", "web", false, UnknownAuthority)]
    [Case("client-api", "Counter: a certificate whose name is not a UUID")]
    [Case("client-api", "Counter: a certificate without Marble type")]
    public async Task Raise_CertificateOfTheMarbleRootWithOneMemberChanged_IsJudgedByIt(
        string name, string? type, bool isClient, string? fault)
    {
        await using GovernedMesh mesh = await GovernedMesh.StartAsync();
        using X509Certificate2 leaf = SelfMade(name, type, mesh.State.Authority.MarbleRoot, isClient);
        using var client = ShownCertificates.To(mesh.Host, leaf);

        Assert.Equal(
            fault is null ? CounterMarble.Value(0) : CounterMarble.Unauthorized(fault),
            (await CounterMarble.SendAsync(client, Body)).Replace("\\u0027", "'", StringComparison.Ordinal));
    }

    private static X509Certificate2 SelfMade(string name, string? type, X509Certificate2? issuer = null, bool isClient = true)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(
            new X509EnhancedKeyUsageExtension([new Oid(isClient ? "1.3.6.1.5.5.7.3.2" : "1.3.6.1.5.5.7.3.4")], critical: false));
        if (type is not null)
        {
            request.CertificateExtensions.Add(
                new X509Extension(MarblePeer.TypeOid, Encoding.UTF8.GetBytes(type), critical: false));
        }

        DateTimeOffset now = DateTimeOffset.UtcNow;
        if (issuer is null)
        {
            return request.CreateSelfSigned(now.AddMinutes(-1), now.AddDays(1));
        }

        using ECDsa issuerKey = issuer.GetECDsaPrivateKey()!;
        using X509Certificate2 certificate = request.Create(
            issuer.SubjectName,
            X509SignatureGenerator.CreateForECDsa(issuerKey),
            now.AddMinutes(-1),
            now.AddDays(1),
            RandomNumberGenerator.GetBytes(16));
        return certificate.CopyWithPrivateKey(key);
    }
}
