using System.Formats.Asn1;
using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Coordinator.Authority;
using MarbleRun.Coordinator.Identities;
using MarbleRun.Identity;
using MarbleRun.Manifests.Certificates;
using MarbleRun.TestSupport;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace MarbleRun.Coordinator.Tests.Authority;

public sealed class CertificateSignerTests : IDisposable
{
    private static readonly DateTimeOffset s_begin = new(2026, 12, 1, 9, 30, 0, 250, TimeSpan.FromHours(2));
    private static readonly CertificateNames s_names = new(["web.example.com"], [IPAddress.IPv6Loopback]);

    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly ECDsa _issuerKey = ECDsa.Create(ECCurve.NamedCurves.nistP384);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>Drafts, and the ends of their certificates: on both sides of the year in which the form of times changes.</summary>
    public static TheoryData<string, int> Drafts => new(
        from kind in (string[])["authority", "Marble", "Marble without names", "secret", "secret with its own hash"]
        from year in (int[])[2027, 2049, 2050, 2318]
        select (kind, year));

    /// <summary>All but the signature, which is random, is what .NET writes.</summary>
    [Theory]
    [MemberData(nameof(Drafts))]
    public void Sign_AnyDraft_SignsTheBytesThatThePlatformSigns(string kind, int year)
    {
        CertificateDraft draft = Create(kind);
        var issuer = new X500DistinguishedName("CN=Issuer, O=Näme");
        var end = new DateTimeOffset(year, 12, 31, 23, 59, 59, TimeSpan.Zero);

        byte[] signed = CertificateSigner.Sign(draft, issuer, _issuerKey, s_begin, end);

        var request = new CertificateRequest(draft.Subject, draft.Key, draft.SignatureHash ?? HashAlgorithmName.SHA384);
        draft.Extensions.ToList().ForEach(request.CertificateExtensions.Add);
        using X509Certificate2 expected = request.Create(
            issuer,
            X509SignatureGenerator.CreateForECDsa(_issuerKey),
            s_begin,
            end,
            IssuedCertificate.Read(signed).SerialNumber.Span);
        Assert.Equal(ReadSigned(expected.RawData), ReadSigned(signed));
        using X509Certificate2 read = X509CertificateLoader.LoadCertificate(signed);
        Assert.Equal(expected.SignatureAlgorithm.Value, read.SignatureAlgorithm.Value);
    }

    [Fact]
    public void Sign_AFewThousandTimes_GivesEachASerialNumberOf128Bits()
    {
        CertificateDraft draft = Create("Marble");

        string[] numbers =
        [
            .. Enumerable.Range(0, 2000).Select(_ => Convert.ToHexString(
                IssuedCertificate.Read(CertificateSigner.Sign(draft, draft.Subject, _key, s_begin, s_begin.AddDays(1))).SerialNumber.Span)),
        ];

        Assert.Equal(numbers.Length, numbers.Distinct().Count());

        // With the sign, 33 or 34 digits where the first bit is set.
        Assert.All(numbers, n => Assert.InRange(n.TrimStart('0').Length, 31, 32));
        Assert.Contains(numbers, n => n.StartsWith("00", StringComparison.Ordinal));
    }

    [Fact]
    public void Sign_DraftWithAnExtensionTwice_IsRefused()
    {
        CertificateDraft draft = Create("Marble");

        CryptographicException refusal = Assert.Throws<CryptographicException>(() => CertificateSigner.Sign(
            draft with { Extensions = [.. draft.Extensions, draft.Extensions[0]] }, draft.Subject, _key, s_begin, s_begin.AddDays(1)));

        Assert.Contains("The extension 2.5.29.15 occurs twice", refusal.Message, StringComparison.Ordinal);
    }

    /// <summary>The strict check of OpenSSL looks at every rule of RFC 5280 that it knows.</summary>
    [Theory]
    [InlineData(KeyAlgorithm.EcdsaP256)]
    [InlineData(KeyAlgorithm.EcdsaP384)]
    public async Task Issue_Marble_IsAcceptedByTheStrictCheckOfOpenSsl(KeyAlgorithm algorithm)
    {
        using var directory = new TemporaryDirectory();
        var authority = MeshAuthority.Create(algorithm, CertificateNames.ForCoordinator(["localhost"]), DateTimeOffset.UtcNow);
        MarbleLeaf issued = Issue(authority, DateTimeOffset.UtcNow);
        await File.WriteAllBytesAsync(directory.File("root.pem"), authority.RootPem, Token);
        await File.WriteAllBytesAsync(directory.File("intermediate.pem"), authority.IntermediatePem, Token);
        await File.WriteAllTextAsync(directory.File("leaf.pem"), Pem(issued), Token);

        (int ExitCode, string Output)? run = await ExternalTool.TryRunAsync(
            "openssl",
            [
                "verify",
                "-x509_strict",
                "-purpose",
                "sslclient",
                "-CAfile",
                directory.File("root.pem"),
                "-untrusted",
                directory.File("intermediate.pem"),
                directory.File("leaf.pem"),
            ],
            Token);

        Assert.SkipWhen(run is null, "openssl is not installed.");
        Assert.True(run!.Value.ExitCode == 0, run.Value.Output);
    }

    [Fact]
    public void Issue_ManyAtTheSameTime_SignsAllOfThem()
    {
        var authority = MeshAuthority.Create(KeyAlgorithm.EcdsaP256, CertificateNames.ForCoordinator(["localhost"]), s_begin);

        Parallel.For(0, 200, _ =>
        {
            using X509Certificate2 leaf = X509CertificateLoader.LoadCertificate(Issue(authority, s_begin).Certificate.Der);
            Assert.NotNull(MarbleCertificateCheck.Identify(leaf, authority.MarbleRoot, s_begin, out string? fault));
            Assert.Null(fault);
        });
    }

    [Fact]
    public void Record_IssuedMarble_KnowsWhatItsCertificateSays()
    {
        var authority = MeshAuthority.Create(KeyAlgorithm.EcdsaP256, CertificateNames.ForCoordinator(["localhost"]), s_begin);
        MarbleLeaf issued = Issue(authority, s_begin);
        using X509Certificate2 leaf = X509CertificateLoader.LoadCertificate(issued.Certificate.Der);
        Assert.True(MarblePeer.TryRead(leaf, out MarblePeer? marble));

        var known = KnownMarble.Of(issued, s_begin);

        Assert.Equivalent(KnownMarble.Of(leaf, marble, s_begin), known, strict: true);
        Assert.Equal(["web.example.com", "::1"], known.Names);
        Assert.NotEmpty(known.IssuerKey.ToArray());
    }

    [Fact]
    public void ToExtension_NamesOfAllKinds_AreWhatThePlatformWrites()
    {
        var builder = new SubjectAlternativeNameBuilder();
        builder.AddDnsName("*.example.com");
        builder.AddDnsName("a_b.example");
        builder.AddIpAddress(IPAddress.Loopback);
        builder.AddIpAddress(IPAddress.IPv6Loopback);
        builder.AddUri(new Uri("spiffe://mesh/marble/web/1"));

        X509Extension? extension = new CertificateNames(["*.example.com", "a_b.example"], [IPAddress.Loopback, IPAddress.IPv6Loopback])
            .ToExtension("spiffe://mesh/marble/web/1");

        Assert.Equal(builder.Build().RawData, extension!.RawData);
        Assert.False(extension.Critical);
    }

    [Theory]
    [InlineData("")]
    [InlineData("3000")]
    [InlineData("30023000")]
    public void Read_NoCertificate_IsRefused(string der)
    {
        CryptographicException refusal =
            Assert.Throws<CryptographicException>(() => IssuedCertificate.Read(Convert.FromHexString(der)));

        Assert.Contains("cannot be read and was discarded", refusal.Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        _key.Dispose();
        _issuerKey.Dispose();
    }

    private static MarbleLeaf Issue(MeshAuthority authority, DateTimeOffset now)
    {
        var issuer = new MarbleIssuer(Options.Create(new CoordinatorOptions()), new FakeTimeProvider(now));
        using IssuedIdentity identity = issuer.Issue(authority, Subject(authority.DefaultTrustDomain, s_names), renews: true);
        return identity.Marble;
    }

    private static MarbleSubject Subject(string domain, CertificateNames names) => new(
        Guid.NewGuid(), "frontend", names, domain, new AttestedCode(new byte[32], SHA256.HashData("machine"u8)))
    {
        CrlDistributionPoint = "http://crl.example.com/crl",
    };

    private static string Pem(MarbleLeaf issued) => PemEncoding.WriteString("CERTIFICATE", issued.Certificate.Der);

    private static byte[] ReadSigned(byte[] certificate) =>
        new AsnReader(certificate, AsnEncodingRules.DER).ReadSequence().ReadEncodedValue().ToArray();

    private CertificateDraft Create(string kind) => kind switch
    {
        "authority" => CertificateDrafts.ForAuthority(CertificateDrafts.IntermediateName, _key, s_names, new byte[20]),
        "Marble" => CertificateDrafts.ForMarble(Subject("mesh", s_names), new PublicKey(_key), CertificateDrafts.IssuerKey(new byte[20])),
        "Marble without names" => CertificateDrafts.ForMarble(
            Subject("mesh", new CertificateNames([], [])) with { Code = null },
            new PublicKey(_key),
            CertificateDrafts.IssuerKey(new byte[20])),
        "secret" => CertificateDrafts.ForSecret(CertificateTemplate.Default, new PublicKey(_key), new byte[20]),
        _ => CertificateDrafts.ForSecret(CertificateTemplate.Default, new PublicKey(_key), new byte[20]) with
        {
            SignatureHash = HashAlgorithmName.SHA512,
        },
    };
}
