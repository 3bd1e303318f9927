using System.Security.Cryptography;
using MarbleRun.Activation;
using MarbleRun.Activation.Renewal;
using MarbleRun.Attestation;
using MarbleRun.Identity;
using MarbleRun.TestSupport;
using Microsoft.Extensions.Logging.Abstractions;

namespace MarbleRun.Tests.Activation.Renewal;

/// <summary>A Marble that trusts a Coordinator's code and an owner's manifest requires both at each renewal, too.</summary>
public sealed class AttestedRenewalTests : AttestedTrustFixture
{
    private readonly Dictionary<string, FakeAttestation> _recorded = [];

    [Fact]
    public async Task Renew_CoordinatorThatProvesItself_Renews()
    {
        (MarbleIdentity current, RenewalSource source, FakeRenewals renewals) = await ActivatedAsync();

        MarbleIdentity renewed = await RenewAsync(source, current);

        Assert.NotEqual(current.Fingerprint, renewed.Fingerprint);
        Assert.True(renewals.Calls.Reader.TryRead(out _));
    }

    [Theory]
    [InlineData("replayed evidence", "another session, key, deployment or purpose")]
    [InlineData("evidence for another purpose", "another session, key, deployment or purpose")]
    [InlineData("reflected evidence", "another session, key, deployment or purpose")]
    [InlineData("no attestation any more", "it cannot attest itself")]
    [InlineData("unsigned manifest", "no owner signed its manifest")]
    [InlineData("manifest of an earlier sequence", "no owner signed its manifest")]
    [InlineData("other deployment", "another root certificate")]
    [InlineData("relayed", "not the key of its certificates")]
    [Trait("Security", "C2")]
    public async Task Renew_CoordinatorThatDoesNotProveItself_GetsNoEvidence(string attack, string reason)
    {
        (MarbleIdentity current, RenewalSource source, FakeRenewals renewals) = await ActivatedAsync();
        using var other = new TestAuthority(Clock);
        Coordinator.ServerCertificate = attack is "other deployment" or "relayed" ? other.MarbleRoot : Coordinator.ServerCertificate;
        Coordinator.Attestation = attack == "no attestation any more" ? null : nonce => attack switch
        {
            "replayed evidence" => _recorded["activation"],
            "evidence for another purpose" => Genuine(nonce) with
            {
                Evidence = Attest(GenuineBinding(nonce) with { Purpose = AttestationBinding.MarbleRenewal }),
            },
            "reflected evidence" => Genuine(nonce) with
            {
                Evidence = Attest(GenuineBinding(nonce) with
                {
                    Purpose = AttestationBinding.MarbleRenewal,
                    Role = AttestationBinding.MarbleRole,
                }),
            },
            "unsigned manifest" => Genuine(nonce) with { OwnerSignatures = [] },
            "manifest of an earlier sequence" => Genuine(nonce) with { OwnerSignatures = Sign(Owner, sequence: 4) },
            "other deployment" => Genuine(nonce) with
            {
                Root = other.Root.RawData,
                Intermediate = other.Intermediate.RawData,
                Evidence = Attest(GenuineBinding(nonce) with
                {
                    KeyHash = SHA256.HashData(other.MarbleRoot.PublicKey.ExportSubjectPublicKeyInfo()),
                    RootHash = SHA256.HashData(other.Root.RawData),
                }),
            },
            _ => Genuine(nonce),
        };

        RenewalException exception = await Assert.ThrowsAsync<RenewalException>(() => RenewAsync(source, current));

        Assert.Equal(RenewalFailure.Untrusted, exception.Failure);
        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
        Assert.False(renewals.Calls.Reader.TryRead(out _));
    }

    [Fact]
    [Trait("Security", "C2")]
    public async Task Renew_ChallengeOfAnotherManifest_IsNotAnswered()
    {
        (MarbleIdentity current, RenewalSource source, FakeRenewals renewals) = await ActivatedAsync();
        renewals.ManifestFingerprint = () => RandomNumberGenerator.GetBytes(32);

        RenewalException exception = await Assert.ThrowsAsync<RenewalException>(() => RenewAsync(source, current));

        Assert.Equal(RenewalFailure.Unavailable, exception.Failure);
        Assert.Contains("manifest was updated", exception.Message, StringComparison.Ordinal);
        Assert.False(renewals.Calls.Reader.TryRead(out _));
    }

    [Fact]
    [Trait("Security", "C4")]
    public async Task Renew_ReplyOfAnotherIntermediateThanTheAttestedOne_IsRefused()
    {
        (MarbleIdentity current, RenewalSource source, FakeRenewals renewals) = await ActivatedAsync();

        // The same root and the same key, but another certificate: nothing vouched for this one.
        renewals.Handler = call => Task.FromResult(
            FakeRenewals.Reply(Authority, FakeRenewals.Issue(Authority, call)) with
            {
                Intermediate = Authority.ReissueIntermediate().RawData,
            });

        RenewalException exception = await Assert.ThrowsAsync<RenewalException>(() => RenewAsync(source, current));

        Assert.Equal(RenewalFailure.Untrusted, exception.Failure);
        Assert.Contains("another root or intermediate certificate than it attested", exception.Message, StringComparison.Ordinal);
    }

    private async Task<(MarbleIdentity Identity, RenewalSource Source, FakeRenewals Renewals)> ActivatedAsync()
    {
        Coordinator.Attestation = nonce => _recorded["activation"] = Genuine(nonce);
        var renewals = new FakeRenewals(Authority) { ManifestFingerprint = () => ManifestHash };
        Coordinator.Renewals = renewals;
        MarbleActivation activation = await ObeyAsync();
        Coordinator.Attestation = Genuine;
        return (activation.Identity, activation.Source!, renewals);
    }

    private async Task<MarbleIdentity> RenewAsync(RenewalSource source, MarbleIdentity current) =>
        (await new RenewalCall(source, Clock, NullLogger.Instance).RunAsync(current, Token)).Identity;
}
