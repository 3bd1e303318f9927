using System.Security.Cryptography;
using System.Text;
using Google.Protobuf;
using MarbleRun.Activation;
using MarbleRun.Activation.Renewal;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Identity;
using MarbleRun.Protos;
using MarbleRun.Tests.Trust;
using MarbleRun.TestSupport;
using Microsoft.Extensions.Logging;

namespace MarbleRun.Tests.Activation.Renewal;

/// <summary>
/// A running Marble accepts a Coordinator with other code than its own trust names, if the newest trust list of its deployment carries a
/// manifest that an owner signed and that lists this code; and no other one.
/// </summary>
public sealed class ListedCoordinatorTests : AttestedTrustFixture
{
    private const string Listing = """{"Packages":{},"Coordinators":{"next":{"UniqueID":"$next"}}}""";
    private const string Warning = "ListedCoordinatorAccepted";

    private FakeRenewals _renewals = null!;
    private MarbleActivation _activation = null!;

    /// <summary>The next version of the Coordinator's code.</summary>
    private AppMeasurement Next => Code with { UniqueId = new string('d', 64) };

    [Fact]
    public async Task Renew_CoordinatorThatTheManifestLists_RenewsWithAWarning()
    {
        await ActivateThenReplaceAsync();
        Receive(1, Listing);

        MarbleIdentity renewed = await RenewAsync();

        Assert.NotEqual(_activation.Identity.Fingerprint, renewed.Fingerprint);
        Assert.True(_renewals.Calls.Reader.TryRead(out _));
        string warning = Assert.Single(Logs.Entries, e => e.Contains(Warning, StringComparison.Ordinal));
        Assert.StartsWith("Warning", warning, StringComparison.Ordinal);
        Assert.Contains($"manifest {FingerprintOf(Listing)} lists the code in Coordinators as 'next'", warning, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Renew_AgainAtTheListedCoordinator_Renews()
    {
        await ActivateThenReplaceAsync();
        Receive(1, Listing);
        MarbleIdentity first = await RenewAsync();

        MarbleIdentity second = await RenewAsync(first);

        Assert.NotEqual(first.Fingerprint, second.Fingerprint);
    }

    [Fact]
    public async Task Renew_CoordinatorOfTheMeasuredTrust_NeedsNoListAndNoWarning()
    {
        await ActivateThenReplaceAsync();
        Receive(1, Listing);
        Coordinator.Attestation = Genuine;

        await RenewAsync();

        Assert.DoesNotContain(Logs.Entries, e => e.Contains(Warning, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Renew_SignatureThatOnlyTheHostHas_IsSufficient()
    {
        string file = Path.Combine(Folder, "signatures.json");
        await ActivateThenReplaceAsync(o => o.OwnerSignatureFile = file);
        await File.WriteAllBytesAsync(file, Sign(Owner, FingerprintOf(Listing)), Token);
        Receive(1, Listing, signatures: []);

        Assert.NotEqual(_activation.Identity.Fingerprint, (await RenewAsync()).Fingerprint);
    }

    /// <summary>The end of the certificate, and an update without overlap, must not shut out a Marble that runs.</summary>
    [Fact]
    public async Task ActivateAgain_RunningMarbleAtAListedCoordinator_GetsItsIdentity()
    {
        await ActivateThenReplaceAsync();
        Receive(1, Listing);
        Coordinator.Handler = call => FakeCoordinator.Reply(Authority, Authority.IssueMarble(call.MarbleType, Guid.Parse(call.Uuid)));

        MarbleIdentity identity = await ActivateAgainAsync();

        Assert.Equal(_activation.Identity.Id, identity.Id);
        Assert.Contains(Logs.Entries, e => e.Contains(Warning, StringComparison.Ordinal));
    }

    [Fact]
    [Trait("Security", "C2")]
    public async Task Activate_FirstTimeAtAListedCoordinator_IsRefused()
    {
        await ActivateThenReplaceAsync();
        Receive(1, Listing);
        int calls = Coordinator.Calls.Count;

        MarbleActivationException exception = await Assert.ThrowsAsync<MarbleActivationException>(() => ObeyAsync());

        Assert.Equal(MarbleActivationFailure.CoordinatorUntrusted, exception.Failure);
        Assert.Contains("its evidence was refused", exception.Message, StringComparison.Ordinal);
        Assert.Equal(calls, Coordinator.Calls.Count);
    }

    [Theory]
    [InlineData("no list", "the deployment lists no other Coordinators")]
    [InlineData("a list without Coordinators", "the deployment lists no other Coordinators")]
    [InlineData("other code", "none of the 1 Coordinators that the deployment's manifest lists has its code")]
    [InlineData("removed", "the deployment lists no other Coordinators")]
    [InlineData("removed from the manifest", "lists no usable Coordinator")]
    [InlineData("no signature", "no owner signed its manifest")]
    [InlineData("signature of another key", "no owner signed its manifest")]
    [InlineData("signature of another manifest", "no owner signed its manifest")]
    [InlineData("signature of an earlier sequence", "no owner signed its manifest")]
    [InlineData("signature that has expired", "no owner signed its manifest")]
    [InlineData("any code", "lists no usable Coordinator")]
    [InlineData("any code in debug mode", "lists no usable Coordinator")]
    [InlineData("the code in debug mode", "lists no usable Coordinator")]
    [InlineData("any product of a signer", "lists no usable Coordinator")]
    [InlineData("firmware without its system", "lists no usable Coordinator")]
    [InlineData("a manifest that cannot be read", "cannot be read by this version")]
    [InlineData("evidence of another session", "another session, key, deployment or purpose")]
    [InlineData("evidence in debug mode", "its evidence was refused")]
    [InlineData("evidence of another simulation", "its evidence was refused")]
    [InlineData("unsigned manifest in force", "no owner signed its manifest")]
    [InlineData("another deployment", "it is not of the deployment that this Marble belongs to")]
    [Trait("Security", "C2")]
    public async Task Renew_CoordinatorWithOtherCode_IsRefused(string attack, string reason)
    {
        await ActivateThenReplaceAsync();
        if (attack != "no list")
        {
            string? manifest = attack switch
            {
                "a list without Coordinators" => null,
                "other code" => Listing.Replace("$next", new string('e', 64), StringComparison.Ordinal),
                "removed from the manifest" => """{"Coordinators":{}}""",
                "any code" => """{"Coordinators":{"next":{}}}""",
                "any code in debug mode" => """{"Coordinators":{"next":{"Debug":true}}}""",
                "the code in debug mode" => """{"Coordinators":{"next":{"Debug":true,"UniqueID":"$next"}}}""",
                "any product of a signer" => """{"Coordinators":{"next":{"SignerID":"$signer"}}}""",
                "firmware without its system" => """{"Coordinators":{"next":{"Tdx":{"MRTD":"$next"}}}}""",
                "a manifest that cannot be read" => "{",
                _ => Listing,
            };
            Receive(1, manifest, attack switch
            {
                "no signature" => [],
                "signature of another key" => Sign(OtherKey(), FingerprintOf(Listing)),
                "signature of another manifest" => Sign(Owner),
                "signature of an earlier sequence" => Sign(Owner, FingerprintOf(Listing), sequence: 4),
                "signature that has expired" => Sign(Owner, FingerprintOf(Listing), notAfter: Clock.GetUtcNow().AddMinutes(-1)),
                _ => null,
            });
        }

        if (attack == "removed")
        {
            Receive(2, manifest: null);
        }

        using var other = new TestAuthority(Clock);
        Replace(attack, other);

        RenewalException exception = await Assert.ThrowsAsync<RenewalException>(() => RenewAsync());

        Assert.Equal(RenewalFailure.Untrusted, exception.Failure);
        Assert.Contains(reason, exception.Message, StringComparison.Ordinal);
        Assert.False(_renewals.Calls.Reader.TryRead(out _));
        Assert.DoesNotContain(Logs.Entries, e => e.Contains(Warning, StringComparison.Ordinal));
        MarbleActivationException again = await Assert.ThrowsAsync<MarbleActivationException>(ActivateAgainAsync);
        Assert.Equal(MarbleActivationFailure.CoordinatorUntrusted, again.Failure);
    }

    [Theory]
    [InlineData("signed by another root", "this deployment's root did not sign it")]
    [InlineData("of another deployment", "this deployment's root did not sign it")]
    [InlineData("an earlier one", "its number is 1, and the current list's is 2")]
    [InlineData("the same number", "it has the number of the current list, 2, and another content")]
    [InlineData("from a server without the key", "the server that sent it does not have the key of its first authority")]
    [Trait("Security", "C11")]
    public async Task Renew_ListThatIsNotAuthentic_ChangesNothing(string list, string reason)
    {
        await ActivateThenReplaceAsync();
        using var other = new TestAuthority(Clock);
        using TestAuthority updated = Authority.Update();
        TrustHolder trust = _activation.Identity.Trust;
        (SignedTrustList sent, TestAuthority server) = list switch
        {
            "signed by another root" => (Create(Authority, 3, Listing).Sign(other), Authority),
            "of another deployment" => (Create(other, 3, Listing).Sign(other), other),
            "an earlier one" => (Create(Authority, 1, Listing).Sign(Authority), Authority),
            "the same number" => (Create(Authority, 2, Listing).Sign(Authority), Authority),
            _ => (Create(Authority, 3, Listing).Sign(Authority), updated),
        };
        if (list == "an earlier one")
        {
            Assert.True(trust.TryAccept(sent, TestTrust.Source(Authority), Clock.GetUtcNow(), out _));
        }

        Receive(2, manifest: null);

        Assert.False(trust.TryAccept(sent, TestTrust.Source(server), Clock.GetUtcNow(), out string? refusal));
        RenewalException exception = await Assert.ThrowsAsync<RenewalException>(() => RenewAsync());

        Assert.Equal(reason, refusal);
        Assert.Equal(RenewalFailure.Untrusted, exception.Failure);
        Assert.Contains("the deployment lists no other Coordinators", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData((256 * 1024) + 1, 0)]
    [InlineData(100, (64 * 1024) + 1)]
    [Trait("Security", "C11")]
    public async Task List_WithAnEmptyOrLongManifest_IsRefused(int manifest, int signatures)
    {
        await ActivateThenReplaceAsync();
        TrustList list = TestTrust.Create(Authority, 1);
        list.Coordinators = new CoordinatorListing
        {
            Manifest = ByteString.CopyFrom(new byte[manifest]),
            OwnerSignatures = ByteString.CopyFrom(new byte[signatures]),
        };

        Assert.False(_activation.Identity.Trust.TryAccept(
            list.Sign(Authority), TestTrust.Source(Authority), Clock.GetUtcNow(), out string? refusal));

        Assert.Contains("at most 262144 and 65536 are read", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public async Task List_WithTheLongestManifest_IsAccepted()
    {
        await ActivateThenReplaceAsync();
        Receive(1, Listing + new string(' ', (256 * 1024) - Fill(Listing).Length));

        Assert.NotEqual(_activation.Identity.Fingerprint, (await RenewAsync()).Fingerprint);
    }

    private string Fill(string manifest) => manifest
        .Replace("$next", Next.UniqueId, StringComparison.Ordinal)
        .Replace("$signer", Next.SignerId, StringComparison.Ordinal);

    private string FingerprintOf(string manifest) =>
        MarbleRun.Manifests.Manifest.ComputeFingerprint(Encoding.UTF8.GetBytes(Fill(manifest)));

    private static ECDsa OtherKey() => ECDsa.Create(ECCurve.NamedCurves.nistP256);

    /// <summary>A list whose manifest the owner signed, unless there are other signatures.</summary>
    private TrustList Create(TestAuthority authority, ulong number, string? manifest, byte[]? signatures = null)
    {
        TrustList list = TestTrust.Create(authority, number);
        if (manifest is not null)
        {
            list.Coordinators = new CoordinatorListing
            {
                Manifest = ByteString.CopyFromUtf8(Fill(manifest)),
                OwnerSignatures = ByteString.CopyFrom(signatures ?? Sign(Owner, FingerprintOf(manifest))),
            };
        }

        return list;
    }

    private void Receive(ulong number, string? manifest, byte[]? signatures = null) =>
        _activation.Identity.Receive(Create(Authority, number, manifest, signatures), Authority, Clock.GetUtcNow());

    /// <summary>Activates at the Coordinator of the measured trust; then the next version takes its place, with the same keys.</summary>
    private async Task ActivateThenReplaceAsync(Action<MarbleOptions>? change = null)
    {
        Coordinator.Attestation = Genuine;
        Coordinator.Renewals = _renewals = new FakeRenewals(Authority) { ManifestFingerprint = () => ManifestHash };
        _activation = await ObeyAsync(change);
        Replace("nothing", Authority);
    }

    private void Replace(string attack, TestAuthority other)
    {
        SimulationPlatform? simulation = attack == "evidence of another simulation"
            ? SimulationPlatform.Open(Path.Combine(Folder, "other"), Clock)
            : null;
        Coordinator.ServerCertificate = attack == "another deployment" ? other.MarbleRoot : Coordinator.ServerCertificate;
        Coordinator.Attestation = nonce =>
        {
            AttestationBinding binding = attack switch
            {
                "another deployment" => GenuineBinding(nonce) with
                {
                    KeyHash = SHA256.HashData(other.MarbleRoot.PublicKey.ExportSubjectPublicKeyInfo()),
                    RootHash = SHA256.HashData(other.Root.RawData),
                },
                "evidence of another session" => GenuineBinding(RandomNumberGenerator.GetBytes(AttestationBinding.NonceSize)),
                _ => GenuineBinding(nonce),
            };
            bool debug = attack is "evidence in debug mode" or "the code in debug mode";
            byte[] evidence = Attest(binding.ToReportData(), simulation, Next, debug);
            FakeAttestation genuine = Genuine(nonce) with { Evidence = evidence };
            return attack switch
            {
                "another deployment" => genuine with { Root = other.Root.RawData, Intermediate = other.Intermediate.RawData },
                "unsigned manifest in force" => genuine with { OwnerSignatures = [] },
                _ => genuine,
            };
        };
    }

    private async Task<MarbleIdentity> RenewAsync(MarbleIdentity? current = null) =>
        (await new RenewalCall(_activation.Source!, Clock, Logs.CreateLogger("renewal"))
            .RunAsync(current ?? _activation.Identity, Token)).Identity;

    private async Task<MarbleIdentity> ActivateAgainAsync() => (await MarbleActivator.ActivateAgainAsync(
        _activation.Source!, _activation.Identity, Clock, Logs.CreateLogger("activation"), Token)).Identity;
}
