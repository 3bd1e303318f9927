using System.Security.Cryptography;
using MarbleRun.Attestation;
using MarbleRun.Manifests.Signatures;
using MarbleRun.TestSupport;
using Microsoft.Extensions.Options;

namespace MarbleRun.Tests.Activation;

/// <summary>The genuine Coordinator with a manifest that its owner did not sign is not trusted.</summary>
public sealed class OwnerTrustTests : AttestedTrustFixture
{
    [Theory]
    [InlineData("none", "no owner's signature")]
    [InlineData("outsider", "not among the owners' keys")]
    [InlineData("other manifest", "is for the manifest")]
    [InlineData("old", "the lowest accepted one is 5")]
    [InlineData("ended", "expired at")]
    [Trait("Security", "C1")]
    public async Task Activate_GenuineCodeWithoutTheOwnersWord_IsRefused(string signature, string reason)
    {
        using var outsider = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Coordinator.Attestation = nonce => Genuine(nonce) with
        {
            OwnerSignatures = signature switch
            {
                "none" => [],
                "outsider" => Sign(outsider),
                "other manifest" => Sign(Owner, new string('0', 64)),
                "old" => Sign(Owner, sequence: 4),
                _ => Sign(Owner, notAfter: Clock.GetUtcNow().AddSeconds(-2)),
            },
        };

        await AssertRefusedAsync(reason);
    }

    [Fact]
    [Trait("Security", "C1")]
    public async Task Activate_SignatureOfAManifestThatIsNotInForce_IsRefused()
    {
        // The owner's signature, and the fingerprint that it is for: but the evidence vouches for the manifest that is in force.
        byte[] other = RandomNumberGenerator.GetBytes(32);
        Coordinator.Attestation = nonce => Genuine(nonce) with { Evidence = Attest(GenuineBinding(nonce) with { ManifestHash = other }) };

        await AssertRefusedAsync("its evidence was refused");
    }

    [Fact]
    public async Task Activate_SequenceAboveTheLowest_IsAccepted()
    {
        Coordinator.Attestation = nonce => Genuine(nonce) with
        {
            OwnerSignatures = Sign(Owner, sequence: 9, notAfter: Clock.GetUtcNow().AddHours(1)),
        };

        Assert.NotNull((await ObeyAsync()).Identity);
    }

    [Fact]
    public async Task Activate_HostAsksForAHigherSequence_IsHeeded()
    {
        Coordinator.Attestation = Genuine;

        await AssertRefusedAsync("the lowest accepted one is 6", o => o.CoordinatorRequirements.MinimumSequence = 6);
    }

    [Fact]
    [Trait("Security", "G8")]
    public async Task Activate_HostAsksForALowerSequence_LowersNothing()
    {
        Coordinator.Attestation = nonce => Genuine(nonce) with { OwnerSignatures = Sign(Owner, sequence: 4) };

        await AssertRefusedAsync("the lowest accepted one is 5", o => o.CoordinatorRequirements.MinimumSequence = 1);
    }

    [Fact]
    [Trait("Security", "G8")]
    public async Task Activate_KeyThatTheHostNames_CannotStandInForTheMeasuredOne()
    {
        using var host = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        Coordinator.Attestation = nonce => Genuine(nonce) with { OwnerSignatures = Sign(host) };

        await AssertRefusedAsync("not among the owners' keys", o => o.CoordinatorRequirements.OwnerKeys = [OwnerKey.Of(host).Fingerprint]);
    }

    [Fact]
    public async Task Activate_OneOfTwoOwnersThatTheHostRemoves_IsNotEnough()
    {
        using var second = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        Coordinator.Attestation = nonce => Genuine(nonce) with { OwnerSignatures = Sign(second) };
        CoordinatorTrust both = CoordinatorTrust.Attested([Code.ToPackageProperties()], [OwnerKey.Of(Owner), OwnerKey.Of(second)])
            .WithSimulation(Platform.TrustAnchor);

        await ObeyAsync(o => o.CoordinatorTrust = both);
        Coordinator.Calls.Clear();
        Target.Taken.Clear();
        await AssertRefusedAsync("not among the owners' keys", o =>
        {
            o.CoordinatorTrust = both;
            o.CoordinatorRequirements.OwnerKeys = [OwnerKey.Of(Owner).Fingerprint];
        });
    }

    [Fact]
    public async Task Activate_SignaturesInAFileOfTheHost_AreTakenWhereTheCoordinatorHasNone()
    {
        Coordinator.Attestation = nonce => Genuine(nonce) with { OwnerSignatures = [] };
        string file = Path.Combine(Folder, "signatures.json");
        await File.WriteAllBytesAsync(file, Sign(Owner), Token);

        await ObeyAsync(o => o.OwnerSignatureFile = file);
        Coordinator.Calls.Clear();
        Target.Taken.Clear();
        if (OperatingSystem.IsLinux())
        {
            string pipe = Path.Combine(Folder, "FIFO");
            Assert.Equal(0, (await ExternalTool.TryRunAsync("mkfifo", [pipe], Token))?.ExitCode);
            await AssertRefusedAsync(
                $"the owners' signatures cannot be read: There is a FIFO at '{pipe}'", o => o.OwnerSignatureFile = pipe);
        }

        await AssertRefusedAsync("the owners' signatures cannot be read", o => o.OwnerSignatureFile = Path.Combine(Folder, "nowhere"));
    }

    [Theory]
    [InlineData("another key's")]
    [InlineData("an older one of the owner's")]
    [InlineData("none that can be read")]
    public async Task Activate_SignatureAtTheCoordinatorThatIsNotEnough_DoesNotHideTheOwnersInAFile(string kept)
    {
        using var outsider = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        byte[] served = kept switch
        {
            "another key's" => Sign(outsider),
            "an older one of the owner's" => Sign(Owner, sequence: 4),
            _ => [0x7b],
        };
        Coordinator.Attestation = nonce => Genuine(nonce) with { OwnerSignatures = served };
        string file = Path.Combine(Folder, "signatures.json");
        await File.WriteAllBytesAsync(file, Sign(Owner), Token);

        await ObeyAsync(o => o.OwnerSignatureFile = file);
        Coordinator.Calls.Clear();
        Target.Taken.Clear();
        await File.WriteAllBytesAsync(file, Sign(outsider), Token);
        await AssertRefusedAsync("not among the owners' keys", o => o.OwnerSignatureFile = file);
    }

    [Fact]
    public async Task Activate_OwnerAskedForWithoutAttestation_IsRefusedBeforeTheCall()
    {
        OptionsValidationException exception = await Assert.ThrowsAsync<OptionsValidationException>(() => ObeyAsync(o =>
        {
            o.CoordinatorTrust = CoordinatorTrust.PinRoots(CoordinatorTrust.FingerprintOf(Authority.Root));
            o.CoordinatorRequirements.OwnerKeys = [OwnerKey.Of(Owner).Fingerprint];
        }));

        Assert.Contains("does not let the Coordinator attest its manifest", Assert.Single(exception.Failures), StringComparison.Ordinal);
    }

    [Fact]
    public void Attested_PackageThatAnyCodeFits_IsRefused()
    {
        Assert.Throws<ArgumentException>(() => CoordinatorTrust.Attested([new PackageProperties { ProductId = 3 }], []));
        Assert.Throws<ArgumentException>(() => CoordinatorTrust.Attested([], []));
    }
}
