using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Google.Protobuf;
using Grpc.Core;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Evidence;
using MarbleRun.Coordinator.State;
using MarbleRun.Identity;
using MarbleRun.Protos;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace MarbleRun.Coordinator.Tests.Renewal;

/// <summary><c>/marblerun.v1.Mesh/Challenge</c> and <c>/Renew</c>: a new certificate for a Marble that proves itself again.</summary>
public sealed class RenewalTests : CoordinatorTest
{
    private readonly FakeTimeProvider _clock = new(TimeProvider.System.GetUtcNow());

    [Fact]
    public async Task Renew_ByFreshEvidence_CertifiesTheMarblesOwnKeyForADay()
    {
        CoordinatorHost host = await StartWithManifestAsync();
        var uuid = Guid.NewGuid();
        using RenewingMarble marble = await RenewingMarble.ActivateAsync(host, uuid: uuid.ToString());

        (RenewResponse response, ECDsa key) = await marble.RenewAsync(names: ["new.example"]);

        using X509Certificate2 renewed = RenewingMarble.Complete(response, key);
        Assert.Equal(key.ExportSubjectPublicKeyInfo(), renewed.PublicKey.ExportSubjectPublicKeyInfo());
        Assert.Equal(_clock.GetUtcNow().AddDays(1), new DateTimeOffset(renewed.NotAfter), TimeSpan.FromSeconds(1));
        Assert.True(renewed.MatchesHostname("new.example"));
        Assert.True(MarblePeer.TryRead(renewed, out MarblePeer? peer));
        Assert.Equal((uuid, "web"), (peer.Id, peer.MarbleType));
        using X509Certificate2 anchor = X509CertificateLoader.LoadCertificate(response.MarbleRootCertificate.Span);
        using X509Certificate2 intermediate = X509CertificateLoader.LoadCertificate(response.IntermediateCertificate.Span);
        AssertIssued(renewed, anchor);
        AssertIssued(intermediate, marble.Root);
        Assert.Equal(anchor.PublicKey.ExportSubjectPublicKeyInfo(), intermediate.PublicKey.ExportSubjectPublicKeyInfo());
    }

    [Fact]
    public async Task Renew_WithTheRenewedCertificate_RenewsAgain()
    {
        CoordinatorHost host = await StartWithManifestAsync();
        using RenewingMarble marble = await RenewingMarble.ActivateAsync(host);
        (RenewResponse first, ECDsa key) = await marble.RenewAsync();
        using RenewingMarble renewed = marble.With(RenewingMarble.Complete(first, key));
        _clock.Advance(TimeSpan.FromHours(12));

        (RenewResponse second, _) = await renewed.RenewAsync();

        using X509Certificate2 leaf = X509CertificateLoader.LoadCertificate(second.Certificate.Span);
        Assert.Equal(_clock.GetUtcNow().AddDays(1), new DateTimeOffset(leaf.NotAfter), TimeSpan.FromSeconds(1));
    }

    [Theory]
    [InlineData(true, 1)]
    [InlineData(false, 30)]
    public async Task Activate_MarbleThatSaysWhetherItRenews_GetsACertificateForSoLong(bool renews, int days)
    {
        CoordinatorHost host = await StartWithManifestAsync();

        using RenewingMarble marble = await RenewingMarble.ActivateAsync(host, renews: renews);

        Assert.Equal(
            _clock.GetUtcNow().AddDays(days), new DateTimeOffset(marble.Certificate.NotAfter), TimeSpan.FromSeconds(1));
    }

    [Fact]
    public async Task Renew_TypeWhoseBudgetIsSpent_IsNotCounted()
    {
        CoordinatorHost host = await StartWithManifestAsync();
        using RenewingMarble first = await RenewingMarble.ActivateAsync(host, "limited");
        using RenewingMarble last = await RenewingMarble.ActivateAsync(host, "limited");

        await first.RenewAsync();
        await last.RenewAsync();

        Assert.Equal(2ul, host.Services.GetRequiredService<CurrentState>().Value.Activations["limited"]);
    }

    [Fact]
    public async Task Renew_Renewed_IsInTheAuditTrailWithTheNewCertificate()
    {
        CoordinatorHost host = await StartWithManifestAsync();
        using RenewingMarble marble = await RenewingMarble.ActivateAsync(host);

        (RenewResponse response, _) = await marble.RenewAsync();

        string trail = await ReadTrailAsync();
        Assert.Contains("\"marble.renew\"", trail, StringComparison.Ordinal);
        Assert.Contains(Convert.ToHexStringLower(SHA256.HashData(response.Certificate.Span)), trail, StringComparison.Ordinal);
    }

    public static TheoryData<string> WrongBindings => ["purpose", "role", "nonce", "key", "root", "manifest"];

    [Theory]
    [MemberData(nameof(WrongBindings))]
    [Trait("Security", "C2")]
    public async Task Renew_EvidenceForAnotherBinding_IsRefused(string field)
    {
        CoordinatorHost host = await StartWithManifestAsync();
        using RenewingMarble marble = await RenewingMarble.ActivateAsync(host);
        byte[] other = RandomNumberGenerator.GetBytes(32);

        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => marble.RenewAsync(binding => field switch
        {
            "purpose" => binding with { Purpose = AttestationBinding.CoordinatorToMarble },
            "role" => binding with { Role = AttestationBinding.CoordinatorRole },
            "nonce" => binding with { Nonce = other },
            "key" => binding with { KeyHash = other },
            "root" => binding with { RootHash = other },
            _ => binding with { ManifestHash = other },
        }));

        Assert.Equal(StatusCode.PermissionDenied, refused.StatusCode);
        Assert.Contains("invalid quote", refused.Status.Detail, StringComparison.Ordinal);
    }

    public static TheoryData<string, StatusCode> WrongRequests => new()
    {
        { "no challenge", StatusCode.FailedPrecondition },
        { "own challenge", StatusCode.FailedPrecondition },
        { "challenge of another Marble", StatusCode.FailedPrecondition },
        { "challenge that ended", StatusCode.FailedPrecondition },
        { "no evidence", StatusCode.InvalidArgument },
        { "evidence without a record", StatusCode.InvalidArgument },
        { "no request", StatusCode.InvalidArgument },
        { "request with another signature", StatusCode.InvalidArgument },
        { "request for P-521", StatusCode.InvalidArgument },
    };

    [Theory]
    [MemberData(nameof(WrongRequests))]
    [Trait("Security", "C2")]
    public async Task Renew_WrongRequest_IsRefused(string fault, StatusCode code)
    {
        CoordinatorHost host = await StartWithManifestAsync();
        using RenewingMarble marble = await RenewingMarble.ActivateAsync(host);
        using RenewingMarble other = await RenewingMarble.ActivateAsync(host);
        ByteString foreign = (await other.ChallengeAsync()).Challenge;
        using var p521 = ECDsa.Create(ECCurve.NamedCurves.nistP521);

        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => marble.RenewAsync(
            change: request => Spoil(request, fault, foreign), key: fault == "request for P-521" ? p521 : null));

        Assert.Equal(code, refused.StatusCode);
    }

    [Fact]
    [Trait("Security", "C2")]
    public async Task Renew_ReportOfAnActivation_IsRefused()
    {
        CoordinatorHost host = await StartWithManifestAsync();
        using RenewingMarble marble = await RenewingMarble.ActivateAsync(host);
        Quote quote = await host.Platform.CreateIssuer(host.Platform.MeasureRunningProcess()).IssueAsync(
            ReportData.ForCertificate(marble.Certificate.RawData), Cancellation);

        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => marble.RenewAsync(change: request =>
            request.Evidence = ByteString.CopyFrom(EvidenceWrapper.Wrap(quote))));

        Assert.Equal(StatusCode.PermissionDenied, refused.StatusCode);
    }

    [Fact]
    [Trait("Security", "C2")]
    public async Task Renew_SameRequestTwiceByTheSameMarble_CertifiesTheSameKeyOnly()
    {
        CoordinatorHost host = await StartWithManifestAsync();
        using RenewingMarble marble = await RenewingMarble.ActivateAsync(host);
        RenewRequest? sent = null;
        (RenewResponse first, _) = await marble.RenewAsync(change: request => sent = request);

        RenewResponse second = await marble.Mesh.RenewAsync(sent!);

        using X509Certificate2 one = X509CertificateLoader.LoadCertificate(first.Certificate.Span);
        using X509Certificate2 two = X509CertificateLoader.LoadCertificate(second.Certificate.Span);
        Assert.Equal(one.PublicKey.ExportSubjectPublicKeyInfo(), two.PublicKey.ExportSubjectPublicKeyInfo());
    }

    [Fact]
    [Trait("Security", "D1")]
    public async Task Renew_NameThatTheManifestForbids_IsRefused()
    {
        CoordinatorHost host = await StartWithManifestAsync();
        using RenewingMarble marble = await RenewingMarble.ActivateAsync(host, "unbound");
        using RenewingMarble named = marble.With(await ActivateNamedAsync(host));

        RpcException refused = await Assert.ThrowsAsync<RpcException>(() => named.RenewAsync(names: ["bank.example"]));

        Assert.Equal(StatusCode.PermissionDenied, refused.StatusCode);
        Assert.Contains("bank.example", refused.Status.Detail, StringComparison.Ordinal);
    }

    public static TheoryData<string> WrongCallers => ["self-signed", "ended", "certificate of a secret", "other mesh"];

    [Theory]
    [MemberData(nameof(WrongCallers))]
    [Trait("Security", "D4")]
    public async Task Challenge_CallerThatIsNoMarble_IsRefused(string caller)
    {
        CoordinatorHost host = await StartWithManifestAsync();
        using RenewingMarble marble = await RenewingMarble.ActivateAsync(host);
        using RenewingMarble wrong = marble.With(caller switch
        {
            "self-signed" => CoordinatorHost.CreateMarbleCredentials().Certificate,
            "certificate of a secret" => IssueWithoutType(host),
            "other mesh" => await ActivateElsewhereAsync(),
            _ => marble.Certificate,
        });
        if (caller == "ended")
        {
            _clock.Advance(TimeSpan.FromDays(1.1));
        }

        RpcException challenge = await Assert.ThrowsAsync<RpcException>(wrong.ChallengeAsync);
        RpcException renew = await Assert.ThrowsAsync<RpcException>(() => wrong.Mesh.RenewAsync(new RenewRequest()));

        Assert.Equal((StatusCode.Unauthenticated, StatusCode.Unauthenticated), (challenge.StatusCode, renew.StatusCode));
    }

    private void Spoil(RenewRequest request, string fault, ByteString foreign)
    {
        switch (fault)
        {
            case "no challenge":
                request.Challenge = ByteString.Empty;
                break;
            case "own challenge":
                request.Challenge = ByteString.CopyFrom(RandomNumberGenerator.GetBytes(32));
                break;
            case "challenge of another Marble":
                request.Challenge = foreign;
                break;
            case "challenge that ended":
                _clock.Advance(TimeSpan.FromMinutes(5.1));
                break;
            case "no evidence":
                request.Evidence = ByteString.Empty;
                break;
            case "evidence without a record":
                request.Evidence = ByteString.CopyFrom(new byte[600]);
                break;
            case "no request":
                request.Csr = ByteString.Empty;
                break;
            case "request with another signature":
                byte[] csr = request.Csr.ToByteArray();
                csr[^1] ^= 1;
                request.Csr = ByteString.CopyFrom(csr);
                break;
            default:
                break;
        }
    }

    private async Task<string> ReadTrailAsync()
    {
        await using var file = new FileStream(
            Assert.Single(Directory.GetFiles(Folder.File("seal/audit"), "audit-*.jsonl")),
            FileMode.Open,
            FileAccess.Read,
            FileShare.ReadWrite);
        using var reader = new StreamReader(file);
        return await reader.ReadToEndAsync(Cancellation);
    }

    private static void AssertIssued(X509Certificate2 certificate, X509Certificate2 issuer)
    {
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(issuer);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        Assert.True(chain.Build(certificate), string.Join(", ", chain.ChainStatus.Select(s => s.StatusInformation)));
    }

    private static X509Certificate2 IssueWithoutType(CoordinatorHost host)
    {
        X509Certificate2 root = host.Services.GetRequiredService<CurrentState>().Value.Authority.MarbleRoot;
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={Guid.NewGuid()}", key, HashAlgorithmName.SHA256);
        using X509Certificate2 leaf = request.Create(root, root.NotBefore, DateTimeOffset.UtcNow.AddDays(1), [1, 2, 3]);
        return leaf.CopyWithPrivateKey(key);
    }

    private static async Task<X509Certificate2> ActivateElsewhereAsync()
    {
        await using var machine = new CoordinatorMachine();
        CoordinatorHost other = await machine.StartHostAsync();
        await TestManifest.SetAsync(other);
        using RenewingMarble marble = await RenewingMarble.ActivateAsync(other);
        return X509CertificateLoader.LoadPkcs12(marble.Certificate.Export(X509ContentType.Pkcs12), null);
    }

    private static async Task<X509Certificate2> ActivateNamedAsync(CoordinatorHost host)
    {
        (_, byte[] csr) = CoordinatorHost.CreateMarbleCredentials("exact.example");
        Parameters parameters = await MeshClient.ActivateAsync(host, "named", request =>
        {
            request.Renews = true;
            request.CSR = ByteString.CopyFrom(csr);
        });
        using var leaf = X509Certificate2.CreateFromPem(
            parameters.Env["MARBLE_PREDEFINED_MARBLE_CERTIFICATE_CHAIN"].ToStringUtf8(),
            parameters.Env["MARBLE_PREDEFINED_PRIVATE_KEY"].ToStringUtf8());
        return X509CertificateLoader.LoadPkcs12(leaf.Export(X509ContentType.Pkcs12), null);
    }

    private async Task<CoordinatorHost> StartWithManifestAsync()
    {
        CoordinatorHost host = await StartAsync(services => services.AddSingleton<TimeProvider>(_clock));
        await TestManifest.SetAsync(host);
        return host;
    }
}
