using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Grpc.Core;
using MarbleRun.Activation;
using MarbleRun.Activation.Renewal;
using MarbleRun.Activation.Trust;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Evidence;
using MarbleRun.Identity;
using MarbleRun.TestSupport;
using Microsoft.Extensions.Logging.Abstractions;

namespace MarbleRun.Tests.Activation.Renewal;

/// <summary>One renewal over real sockets, by a Coordinator that is good or hostile; the Marble of the tests pins its root.</summary>
public sealed class RenewalCallTests : ActivationFixture
{
    private static readonly byte[] s_manifest = SHA256.HashData("manifest"u8);

    /// <summary>Hostile answers, and a part of the reason that is given for each.</summary>
    public static TheoryData<string, string> HostileReplies => new()
    {
        { "foreign root", "did not issue the intermediate certificate" },
        { "foreign root behind the right server", "the server did not show the Marble root" },
        { "foreign certificate", "does not verify under the Marble root" },
        { "other key", "not for the key that this Marble generated" },
        { "current key", "not for the key that this Marble generated" },
        { "earlier reply", "not for the key that this Marble generated" },
        { "other UUID", "but this is" },
        { "other type", "but this is" },
        { "no type", "does not name one Marble type" },
        { "authority", "is a certificate authority" },
        { "ended", "not valid at this time" },
        { "not yet valid", "not valid at this time" },
        { "client only", "may not be used for this side" },
        { "server only", "may not be used for this side" },
        { "intermediate of another key", "is not for the server's key" },
        { "root as intermediate", "is not for the server's key" },
        { "no certificate", "has 0 bytes" },
        { "long certificate", "has 16385 bytes" },
        { "no X.509", "cannot be read" },
    };

    [Fact]
    public async Task Renew_GoodCoordinator_GivesACertificateForANewKey()
    {
        (MarbleIdentity current, RenewalSource source) = await ActivatedAsync();
        var renewals = new FakeRenewals(Authority) { ManifestFingerprint = () => s_manifest };
        Coordinator.Renewals = renewals;

        MarbleIdentity renewed = await RenewAsync(source, current);

        FakeRenewal call = await renewals.Calls.Reader.ReadAsync(Token);
        Assert.Equal(current.Certificate.RawData, call.ClientCertificate.RawData);
        Assert.Equal((current.Id, current.MarbleType), (renewed.Id, renewed.MarbleType));
        Assert.Equal(current.CoordinatorRoot.RawData, renewed.CoordinatorRoot.RawData);
        Assert.Equal(Clock.GetUtcNow(), renewed.Since);
        Assert.NotEqual(current.Certificate.PublicKey.ExportSubjectPublicKeyInfo(), Key(renewed.Certificate));
        using ECDsa? key = renewed.Certificate.GetECDsaPrivateKey();
        Assert.Equal(Key(renewed.Certificate), key!.ExportSubjectPublicKeyInfo());
        Assert.Equal(256, key.KeySize);
    }

    [Fact]
    [Trait("Security", "D11")]
    public async Task Renew_ItsEvidence_IsBoundToChallengeKeyDeploymentAndManifest()
    {
        (MarbleIdentity current, RenewalSource source) = await ActivatedAsync();
        byte[] challenge = RandomNumberGenerator.GetBytes(32);
        var renewals = new FakeRenewals(Authority) { ManifestFingerprint = () => s_manifest, Challenge = () => challenge };
        Coordinator.Renewals = renewals;

        MarbleIdentity renewed = await RenewAsync(source, current);

        FakeRenewal call = await renewals.Calls.Reader.ReadAsync(Token);
        Assert.Equal(challenge, call.Challenge);
        Assert.True(EvidenceWrapper.TryUnwrap(call.Evidence, out Quote? quote, out _));
        AttestationBinding expected = new()
        {
            Purpose = "marble renews its certificate",
            Role = "marble",
            Nonce = challenge,
            KeyHash = SHA256.HashData(Key(renewed.Certificate)),
            RootHash = SHA256.HashData(Authority.Root.RawData),
            ManifestHash = s_manifest,
        };
        Assert.Equal(FakeQuoteIssuer.Issue(expected.ToReportData()).RawData.ToArray(), quote.RawData.ToArray());
    }

    [Fact]
    public async Task Renew_ItsRequest_AsksForTheNamesOfTheOptions()
    {
        (MarbleIdentity current, RenewalSource source) = await ActivatedAsync();
        var renewals = new FakeRenewals(Authority);
        Coordinator.Renewals = renewals;

        await RenewAsync(source, current);

        FakeRenewal call = await renewals.Calls.Reader.ReadAsync(Token);
        var request = CertificateRequest.LoadSigningRequest(
            call.Request, HashAlgorithmName.SHA256, CertificateRequestLoadOptions.UnsafeLoadCertificateExtensions);
        var names = new X509SubjectAlternativeNameExtension(
            request.CertificateExtensions.Single(e => e.Oid?.Value == "2.5.29.17").RawData);
        Assert.Equal(["front.example"], names.EnumerateDnsNames());
        Assert.Contains("192.0.2.7", names.EnumerateIPAddresses().Select(a => a.ToString()));
    }

    [Fact]
    public async Task Renew_AfterAnUpdateOfTheManifest_GetsTheNewAuthorityOfTheSameRoot()
    {
        (MarbleIdentity current, RenewalSource source) = await ActivatedAsync();
        using TestAuthority updated = Authority.Update();
        Coordinator.ServerCertificate = updated.MarbleRoot;
        Coordinator.Renewals = new FakeRenewals(updated);

        MarbleIdentity renewed = await RenewAsync(source, current);

        Assert.Equal(updated.MarbleRoot.RawData, renewed.MarbleRoot.RawData);
        Assert.Equal(updated.Intermediate.RawData, Assert.Single(renewed.CertificateContext.IntermediateCertificates).RawData);
    }

    [Theory]
    [MemberData(nameof(HostileReplies))]
    [Trait("Security", "D8")]
    public async Task Renew_HostileReply_IsRefused(string attack, string reason)
    {
        (MarbleIdentity current, RenewalSource source) = await ActivatedAsync();
        using var foreign = new TestAuthority(Clock);
        using TestAuthority updated = Authority.Update();
        if (attack == "foreign root")
        {
            Coordinator.ServerCertificate = foreign.MarbleRoot;
        }

        FakeRenewalReply? earlier = null;
        Coordinator.Renewals = new FakeRenewals(Authority)
        {
            Handler = call => Task.FromResult(earlier = Attack(attack, call, foreign, updated, earlier)),
        };
        if (attack == "earlier reply")
        {
            await RenewAsync(source, current);
        }

        RenewalException exception = await Assert.ThrowsAsync<RenewalException>(() => RenewAsync(source, current));

        Assert.Equal(RenewalFailure.Untrusted, exception.Failure);
        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 32)]
    [InlineData(31, 32)]
    [InlineData(64, 32)]
    [InlineData(32, 0)]
    [InlineData(32, 33)]
    [Trait("Security", "D8")]
    public async Task Renew_ChallengeOfAnotherLength_IsRefusedAndNotAnswered(int challenge, int fingerprint)
    {
        (MarbleIdentity current, RenewalSource source) = await ActivatedAsync();
        var renewals = new FakeRenewals(Authority)
        {
            Challenge = () => new byte[challenge],
            ManifestFingerprint = () => new byte[fingerprint],
        };
        Coordinator.Renewals = renewals;

        RenewalException exception = await Assert.ThrowsAsync<RenewalException>(() => RenewAsync(source, current));

        Assert.Equal(RenewalFailure.Untrusted, exception.Failure);
        Assert.False(renewals.Calls.Reader.TryRead(out _));
    }

    [Theory]
    [InlineData(StatusCode.PermissionDenied, RenewalFailure.Denied)]
    [InlineData(StatusCode.Unauthenticated, RenewalFailure.Worthless)]
    [InlineData(StatusCode.Unavailable, RenewalFailure.Unavailable)]
    [InlineData(StatusCode.FailedPrecondition, RenewalFailure.Unavailable)]
    [InlineData(StatusCode.Unimplemented, RenewalFailure.Unsupported)]
    [InlineData(StatusCode.InvalidArgument, RenewalFailure.Failed)]
    [InlineData(StatusCode.Internal, RenewalFailure.Failed)]
    public async Task Renew_Refusal_IsGivenWithTheCoordinatorsReason(StatusCode code, object failure)
    {
        (MarbleIdentity current, RenewalSource source) = await ActivatedAsync();
        Coordinator.Renewals = new FakeRenewals(Authority)
        {
            Handler = _ => throw new RpcException(new Status(code, "this Marble is revoked")),
        };

        RenewalException exception = await Assert.ThrowsAsync<RenewalException>(() => RenewAsync(source, current));

        Assert.Equal(failure, exception.Failure);
        Assert.Contains("this Marble is revoked", exception.Message, StringComparison.Ordinal);
        Assert.Null(exception.RetryAfter);
    }

    [Theory]
    [InlineData("17", 17L)]
    [InlineData("0", 0L)]
    [InlineData("4294967295", 4294967295L)]
    [InlineData("-1", null)]
    [InlineData("soon", null)]
    [InlineData("99999999999999999999", null)]
    public async Task Renew_OthersComeFirst_SaysWhenToComeAgain(string trailer, long? seconds)
    {
        (MarbleIdentity current, RenewalSource source) = await ActivatedAsync();
        Coordinator.Renewals = new FakeRenewals(Authority)
        {
            Handler = _ => throw new RpcException(
                new Status(StatusCode.Unavailable, "later"), new Metadata { { "marblerun-retry-after", trailer } }),
        };

        RenewalException exception = await Assert.ThrowsAsync<RenewalException>(() => RenewAsync(source, current));

        Assert.Equal(seconds is { } s ? TimeSpan.FromSeconds(s) : null, exception.RetryAfter);
    }

    [Fact]
    public async Task Renew_CoordinatorOfMarbleRun19_IsUnsupported()
    {
        (MarbleIdentity current, RenewalSource source) = await ActivatedAsync();

        RenewalException exception = await Assert.ThrowsAsync<RenewalException>(() => RenewAsync(source, current));

        Assert.Equal(RenewalFailure.Unsupported, exception.Failure);
    }

    [Fact]
    public async Task Renew_NothingListens_IsUnavailable()
    {
        (MarbleIdentity current, RenewalSource source) = await ActivatedAsync();
        await Coordinator.DisposeAsync();

        RenewalException exception = await Assert.ThrowsAsync<RenewalException>(() => RenewAsync(source, current));

        Assert.Equal(RenewalFailure.Unavailable, exception.Failure);
        Assert.Contains("Connection refused", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Renew_NoAnswer_EndsWithTheTimeout()
    {
        (MarbleIdentity current, RenewalSource source) = await ActivatedAsync();
        var renewals = new FakeRenewals(Authority);
        var never = new TaskCompletionSource<FakeRenewalReply>();
        renewals.Handler = _ => never.Task;
        Coordinator.Renewals = renewals;

        Task<MarbleIdentity> renewal = RenewAsync(source, current);
        await renewals.Calls.Reader.ReadAsync(Token);
        Clock.Advance(source.Options.ActivationTimeout);

        RenewalException exception = await Assert.ThrowsAsync<RenewalException>(() => renewal);
        never.SetCanceled(Token);
        Assert.Equal(RenewalFailure.Unavailable, exception.Failure);
        Assert.Contains("did not answer within", exception.Message, StringComparison.Ordinal);
    }

    private FakeRenewalReply Attack(
        string attack, FakeRenewal call, TestAuthority foreign, TestAuthority updated, FakeRenewalReply? earlier)
    {
        FakeRenewalReply good = FakeRenewals.Reply(Authority, FakeRenewals.Issue(Authority, call));
        FakeRenewalReply With(Action<MarbleTemplate> change) =>
            good with { Certificate = FakeRenewals.Issue(Authority, call, change).RawData };
        return attack switch
        {
            "foreign root" or "foreign root behind the right server" => FakeRenewals.Reply(foreign, FakeRenewals.Issue(foreign, call)),
            "foreign certificate" => good with { Certificate = FakeRenewals.Issue(foreign, call).RawData },
            "other key" => good with { Certificate = Authority.IssueMarble(MarbleType, Id(call)).RawData },
            "current key" => With(t => t.Key = call.ClientCertificate.PublicKey),
            "earlier reply" => earlier ?? good,
            "other UUID" => With(t => t.CommonName = Guid.NewGuid().ToString()),
            "other type" => With(t => t.Type = "backend"u8.ToArray()),
            "no type" => With(t => t.Type = null),
            "authority" => With(t => t.IsAuthority = true),
            "ended" => With(t => t.NotAfter = TimeSpan.FromMinutes(-1)),
            "not yet valid" => With(t => t.NotBefore = TimeSpan.FromMinutes(1)),
            "client only" => With(t => t.Usages = ["1.3.6.1.5.5.7.3.2"]),
            "server only" => With(t => t.Usages = ["1.3.6.1.5.5.7.3.1"]),
            "intermediate of another key" => good with { Intermediate = updated.Intermediate.RawData },
            "root as intermediate" => good with { Intermediate = Authority.Root.RawData },
            "no certificate" => good with { Certificate = [] },
            "long certificate" => good with { Certificate = new byte[16 * 1024 + 1] },
            _ => good with { Certificate = [1, 2, 3] },
        };
    }

    private static Guid Id(FakeRenewal call) => Guid.Parse(call.ClientCertificate.GetNameInfo(X509NameType.SimpleName, forIssuer: false));

    private static byte[] Key(X509Certificate2 certificate) => certificate.PublicKey.ExportSubjectPublicKeyInfo();

    private async Task<(MarbleIdentity Identity, RenewalSource Source)> ActivatedAsync()
    {
        MarbleActivation activation = await ActivateAsync();
        return (activation.Identity, activation.Source!);
    }

    private async Task<MarbleIdentity> RenewAsync(RenewalSource source, MarbleIdentity current) =>
        (await new RenewalCall(source, Clock, NullLogger.Instance).RunAsync(current, Token)).Identity;
}
