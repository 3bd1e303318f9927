using System.Security.Cryptography;
using Grpc.Core;
using MarbleRun.Activation;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Manifests.Signatures;
using MarbleRun.TestSupport;
using Microsoft.Extensions.Options;

namespace MarbleRun.Tests.Activation;

/// <summary>A Coordinator must prove its code, its session, its deployment and its owner before a Marble takes anything from it.</summary>
public sealed class AttestedTrustTests : AttestedTrustFixture
{
    /// <summary>What is bound otherwise than it should be.</summary>
    public static TheoryData<string> OtherBindings => ["purpose", "role", "nonce", "key", "root", "manifest", "exporter"];

    [Fact]
    public async Task Activate_CoordinatorThatProvesItself_IsObeyed()
    {
        Coordinator.Attestation = Genuine;

        MarbleActivation activation = await ObeyAsync();

        Assert.Equal(Authority.Root.RawData, activation.Identity.CoordinatorRoot.RawData);
        Assert.Equal(MarbleType, activation.Identity.MarbleType);
        Assert.Single(Coordinator.Calls);
        Assert.DoesNotContain(Logs.Entries, e => e.Contains("ANY MANIFEST", StringComparison.Ordinal));
        Assert.Contains(Logs.Entries, e => e.Contains("Simulated evidence is accepted", StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(OtherBindings))]
    [Trait("Security", "C1")]
    public async Task Activate_EvidenceBoundToSomethingElse_IsRefused(string field)
    {
        byte[] other = RandomNumberGenerator.GetBytes(32);
        Coordinator.Attestation = nonce =>
        {
            AttestationBinding good = GenuineBinding(nonce);
            return Genuine(nonce) with
            {
                Evidence = Attest(field switch
                {
                    "purpose" => good with { Purpose = "marble attests to coordinator" },
                    "role" => good with { Role = "marble" },
                    "nonce" => good with { Nonce = other },
                    "key" => good with { KeyHash = other },
                    "root" => good with { RootHash = other },
                    "manifest" => good with { ManifestHash = other },
                    _ => good with { Exporter = other },
                }),
            };
        };

        await AssertRefusedAsync("another session, key, deployment or purpose");
    }

    [Fact]
    [Trait("Security", "C2")]
    public async Task Activate_EvidenceOfTheSessionBefore_IsRefused()
    {
        FakeAttestation? recorded = null;
        Coordinator.Attestation = nonce => recorded ??= Genuine(nonce);
        await ObeyAsync();
        Coordinator.Calls.Clear();
        Target.Taken.Clear();

        await AssertRefusedAsync("another session, key, deployment or purpose");
    }

    [Fact]
    [Trait("Security", "C3")]
    public async Task Activate_TheMarblesOwnQuoteSentBack_IsRefused()
    {
        // What a Marble with the Coordinator's own measurement would send: its quote is over its certificate.
        Coordinator.Attestation = nonce => Genuine(nonce) with
        {
            Evidence = Attest(ReportData.ForCertificate(Authority.IssueMarble("frontend").RawData)),
        };

        await AssertRefusedAsync("another session, key, deployment or purpose");
    }

    [Fact]
    [Trait("Security", "C1")]
    public async Task Activate_QuoteOfTheClientPort_IsRefused()
    {
        Coordinator.Attestation = nonce => Genuine(nonce) with
        {
            Evidence = Attest(ReportData.ForCertificate(Authority.Root.RawData, nonce)),
        };

        await AssertRefusedAsync("another session, key, deployment or purpose");
    }

    [Fact]
    [Trait("Security", "A16")]
    public async Task Activate_RightMeasurementInDebugMode_IsRefused()
    {
        Coordinator.Attestation = nonce => Genuine(nonce) with { Evidence = Attest(GenuineBinding(nonce).ToReportData(), debug: true) };

        await AssertRefusedAsync("package.debug: expected a production enclave, found a debug enclave");
    }

    [Fact]
    public async Task Activate_OtherCode_IsRefusedWithBothMeasurements()
    {
        AppMeasurement other = Code with { UniqueId = new string('d', 64) };
        Coordinator.Attestation = nonce => Genuine(nonce) with { Evidence = Attest(GenuineBinding(nonce).ToReportData(), code: other) };

        MarbleActivationException exception = await AssertRefusedAsync(Code.UniqueId);

        Assert.Contains(other.UniqueId, exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Activate_OneOfSeveralPackages_IsEnough()
    {
        Coordinator.Attestation = Genuine;

        MarbleActivation activation = await ObeyAsync(o => o.CoordinatorTrust = CoordinatorTrust
            .Attested([new PackageProperties { UniqueId = new string('e', 64) }, Code.ToPackageProperties()], [OwnerKey.Of(Owner)])
            .WithSimulation(Platform.TrustAnchor));

        Assert.NotNull(activation.Identity);
    }

    [Fact]
    [Trait("Security", "A1")]
    public async Task Activate_EvidenceOfAnotherDevelopmentRoot_IsRefused()
    {
        SimulationPlatform forger = SimulationPlatform.Open(Path.Combine(Folder, "forger"), Clock);
        Coordinator.Attestation = nonce => Genuine(nonce) with { Evidence = Attest(GenuineBinding(nonce).ToReportData(), forger) };

        await AssertRefusedAsync("its evidence was refused");
    }

    [Fact]
    [Trait("Security", "B10")]
    [Trait("Security", "G8")]
    public async Task Activate_SimulationThatTheHostSwitchesOn_MakesNoSimulatedEvidenceCount()
    {
        // The host forges a Coordinator under its own development root. What is measured knows of no simulation.
        Coordinator.Attestation = Genuine;
        var hardened = CoordinatorTrust.Attested([Code.ToPackageProperties()], [OwnerKey.Of(Owner)]);

        OptionsValidationException exception = await Assert.ThrowsAsync<OptionsValidationException>(() => ObeyAsync(o =>
        {
            o.CoordinatorTrust = hardened;
            o.Simulation = true;
        }));
        await AssertRefusedAsync("its evidence was refused", o => o.CoordinatorTrust = hardened);

        Assert.Contains("the trust does not accept", Assert.Single(exception.Failures), StringComparison.Ordinal);
        Assert.Empty(Target.Taken);
    }

    [Fact]
    [Trait("Security", "B10")]
    public async Task Activate_SimulationThatTheHostForbids_CountsNoMore()
    {
        Coordinator.Attestation = Genuine;

        await AssertRefusedAsync("its evidence was refused", o => o.CoordinatorRequirements.ForbidSimulation = true);
    }

    [Fact]
    public async Task Activate_EvidenceOfHardwareWithoutCollateral_IsRefusedAtOnce()
    {
        Coordinator.Attestation = Genuine;

        MarbleActivationException exception = await AssertRefusedAsync(
            "its evidence was refused",
            o => o.CoordinatorTrust = CoordinatorTrust.Attested([Code.ToPackageProperties()], [OwnerKey.Of(Owner)]));

        Assert.DoesNotContain("Trying again", string.Join('\n', Logs.Entries), StringComparison.Ordinal);
        Assert.NotNull(exception);
    }

    [Fact]
    [Trait("Security", "C4")]
    public async Task Activate_CertificatesOfAnotherDeployment_AreRefused()
    {
        // A relay: what the genuine Coordinator says, over a TLS server of another key.
        using var relay = new TestAuthority(Clock);
        Coordinator.ServerCertificate = relay.MarbleRoot;
        Coordinator.Attestation = Genuine;

        await AssertRefusedAsync("the key of this connection's server is not the key of its certificates");
    }

    [Fact]
    [Trait("Security", "C4")]
    public async Task Activate_IntermediateOfAnotherRoot_IsRefused()
    {
        using var other = new TestAuthority(Clock);
        Coordinator.Attestation = nonce => Genuine(nonce) with
        {
            Root = other.Root.RawData,
            Evidence = Attest(GenuineBinding(nonce) with { RootHash = SHA256.HashData(other.Root.RawData) }),
        };

        await AssertRefusedAsync("does not belong to its root certificate");
    }

    [Fact]
    [Trait("Security", "C4")]
    public async Task Activate_ReplyOfAnotherDeploymentThanWasAttested_IsRefusedAndNothingIsApplied()
    {
        using TestAuthority updated = Authority.Update();
        using var other = new TestAuthority(Clock);
        Coordinator.Attestation = Genuine;
        Coordinator.Handler = call =>
        {
            FakeReply reply = FakeCoordinator.Reply(Authority, Authority.IssueMarble(call.MarbleType, Guid.Parse(call.Uuid)));
            reply.Environment["MARBLE_PREDEFINED_COORDINATOR_ROOT_CA"] = System.Text.Encoding.UTF8.GetBytes(
                other.Root.ExportCertificatePem());
            return reply;
        };

        MarbleActivationException exception = await Assert.ThrowsAsync<MarbleActivationException>(() => ObeyAsync());

        Assert.Equal(MarbleActivationFailure.InvalidReply, exception.Failure);
        Assert.Empty(Target.Taken);
    }

    [Fact]
    public async Task Activate_RootThatIsPinnedBesides_IsDemanded()
    {
        Coordinator.Attestation = Genuine;

        await ObeyAsync(o => o.CoordinatorTrust = Trust.WithRoots(CoordinatorTrust.FingerprintOf(Authority.Root)));
        Coordinator.Calls.Clear();
        Target.Taken.Clear();
        await AssertRefusedAsync("the SHA-256 of its root certificate is", o => o.CoordinatorTrust = Trust.WithRoots(new string('a', 64)));
    }

    [Theory]
    [InlineData("empty", "its evidence cannot be read")]
    [InlineData("raw quote", "its evidence cannot be read")]
    [InlineData("no root", "its root certificate has 0 bytes")]
    [InlineData("garbage root", "its root certificate cannot be read")]
    [InlineData("large intermediate", "its intermediate certificate has")]
    [InlineData("short fingerprint", "is not 32 bytes long")]
    [InlineData("garbage signatures", "the owners' signatures of the Coordinator cannot be read")]
    [Trait("Security", "G3")]
    public async Task Activate_AnswerThatIsInvalid_IsRefusedWithTheReason(string what, string reason)
    {
        Coordinator.Attestation = nonce =>
        {
            FakeAttestation good = Genuine(nonce);
            return what switch
            {
                "empty" => good with { Evidence = [] },
                "raw quote" => good with { Evidence = good.Evidence[60..] },
                "no root" => good with { Root = [] },
                "garbage root" => good with { Root = [1, 2, 3] },
                "large intermediate" => good with { Intermediate = new byte[17 * 1024] },
                "short fingerprint" => good with { ManifestFingerprint = new byte[31] },
                _ => good with { OwnerSignatures = [0x7b] },
            };
        };

        await AssertRefusedAsync(reason);
    }

    [Theory]
    [InlineData(StatusCode.FailedPrecondition, "cannot attest to marbles in current state")]
    [InlineData(StatusCode.Unavailable, "too many quotes are being made")]
    public async Task Activate_CoordinatorIsNotReady_WaitsUntilItIs(StatusCode status, string detail)
    {
        int asked = 0;
        Coordinator.Attestation = nonce => ++asked < 3 ? throw new RpcException(new Status(status, detail)) : Genuine(nonce);

        Task<MarbleActivation> activation = ObeyAsync();
        for (int i = 0; i < 2; i++)
        {
            Clock.Advance(await Clock.WaitForTimerAsync(TimeSpan.FromSeconds(5), Token));
        }

        Assert.Equal(MarbleType, (await activation).Identity.MarbleType);
        Assert.Equal(3, asked);
    }

    [Fact]
    [Trait("Security", "A16")]
    public async Task Activate_TrustInADebugCoordinator_WarnsAtEachStart()
    {
        Coordinator.Attestation = nonce => Genuine(nonce) with { Evidence = Attest(GenuineBinding(nonce).ToReportData(), debug: true) };

        await ObeyAsync(o => o.CoordinatorTrust = CoordinatorTrust
            .Attested([Code.ToPackageProperties() with { Debug = true }], [OwnerKey.Of(Owner)]).WithSimulation(Platform.TrustAnchor));

        Assert.Contains(Logs.Entries, e => e.Contains("A Coordinator in debug mode is accepted", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Activate_OwnerlessTrust_WarnsThatAnyManifestIsObeyed()
    {
        Coordinator.Attestation = nonce => Genuine(nonce) with { OwnerSignatures = [] };

        await ObeyAsync(
            o => o.CoordinatorTrust = CoordinatorTrust.Attested([Code.ToPackageProperties()], []).WithSimulation(Platform.TrustAnchor));

        Assert.Contains(Logs.Entries, e => e.Contains("ANY MANIFEST IS ACCEPTED", StringComparison.Ordinal));
    }
}
