using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json;
using MarbleRun.Management;
using MarbleRun.Management.Updates;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Signatures;
using MarbleRun.TestSupport;

namespace MarbleRun.Tests.Mesh;

/// <summary>Two managers change the manifest of a real Coordinator with the SDK.</summary>
public sealed class ManifestUpdateTests : RunningCoordinatorTest
{
    private readonly X509Certificate2 _alice = CreateUser("alice");
    private readonly X509Certificate2 _bob = CreateUser("bob");
    private VerifiedCoordinator _coordinator = null!;

    public override async ValueTask InitializeAsync()
    {
        await base.InitializeAsync();
        _coordinator = await CoordinatorClient.VerifyCoordinatorAsync(
            $"{Host.Client}",
            new CoordinatorExpectation
            {
                ExpectedPackage = Host.Platform.MeasureRunningProcess().ToPackageProperties(),
                Verifier = Host.Platform.CreateVerifier(),
            },
            Cancellation);
        using var client = new CoordinatorClient(_coordinator);
        await client.SetManifestAsync(Manifest(securityVersion: 2), cancellationToken: Cancellation);
    }

    public override async ValueTask DisposeAsync()
    {
        _alice.Dispose();
        _bob.Dispose();
        await base.DisposeAsync();
    }

    [Fact]
    public async Task Preview_FullUpdate_SaysWhatWouldChangeAndChangesNothing()
    {
        using var alice = new CoordinatorClient(_coordinator, _alice);

        UpdatePreview preview = await alice.PreviewUpdateAsync(Manifest(securityVersion: 1, marble: "worker"), Cancellation);

        Assert.False(preview.IsPackageUpdate);
        Assert.Equal((1, "bob"), (preview.MissingAcknowledgments, Assert.Single(preview.MissingUsers)));
        Assert.Equal(
            ["Packages.app changed: SecurityVersion 2 becomes 1", "Marbles.web removed", "Marbles.worker added"],
            preview.Changes.Select(c => c.ToString()));
        Assert.Contains("removed", Assert.Single(preview.Marbles["web"]), StringComparison.Ordinal);
        Assert.Contains("2 is in force", Assert.Single(preview.Warnings), StringComparison.Ordinal);
        Assert.Null(await alice.GetPendingUpdateAsync(Cancellation));
        Assert.Single(await alice.GetUpdateLogAsync(Cancellation));
    }

    [Fact]
    public async Task Update_WithTwoManagers_IsInForceWhenBothAgreed()
    {
        byte[] manifest = Manifest(securityVersion: 3);
        using var alice = new CoordinatorClient(_coordinator, _alice);
        using var bob = new CoordinatorClient(_coordinator, _bob);

        UpdateResult started = await alice.UpdateAsync(manifest, cancellationToken: Cancellation);
        PendingManifestUpdate? pending = await bob.GetPendingUpdateAsync(Cancellation);
        UpdateResult applied = await bob.AcknowledgeUpdateAsync(pending!.Manifest, cancellationToken: Cancellation);

        Assert.Equal((false, 1, "bob"), (started.IsApplied, started.MissingAcknowledgments, Assert.Single(started.MissingUsers)));
        Assert.Equal(manifest, pending.Manifest.ToArray());
        Assert.True(applied.IsApplied);
        Assert.Equal(manifest, (await bob.GetManifestAsync(Cancellation)).Content.ToArray());
        Assert.Equal(4, (await bob.GetUpdateLogAsync(Cancellation)).Count);
    }

    [Fact]
    public async Task Signatures_OfOwners_AreGivenWithUpdatesAndLater()
    {
        byte[] manifest = Manifest(securityVersion: 3);
        using var owner = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var second = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        string fingerprint = MarbleRun.Manifests.Manifest.ComputeFingerprint(manifest);
        using var alice = new CoordinatorClient(_coordinator, _alice);
        using var bob = new CoordinatorClient(_coordinator, _bob);
        using var outsider = new CoordinatorClient(_coordinator);

        await alice.UpdateAsync(manifest, signatures: [ManifestSignature.Sign(fingerprint, owner, 1)], cancellationToken: Cancellation);
        await bob.AcknowledgeUpdateAsync(manifest, [ManifestSignature.Sign(fingerprint, second, 7)], Cancellation);
        IReadOnlyList<ManifestSignature> renewed = await outsider.AddManifestSignaturesAsync(
            [ManifestSignature.Sign(fingerprint, owner, 2)], Cancellation);
        IReadOnlyList<ManifestSignature> served = await outsider.GetManifestSignaturesAsync(Cancellation);
        using var third = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        CoordinatorException refused = await Assert.ThrowsAsync<CoordinatorException>(
            () => outsider.AddManifestSignaturesAsync([ManifestSignature.Sign(fingerprint, third, 1)], Cancellation));

        Assert.Equal([2UL, 7UL], renewed.Select(s => s.Sequence));
        Assert.Equal(renewed.Select(s => s.ToString()), served.Select(s => s.ToString()));
        Assert.True(ManifestSignatures.Verify(served, fingerprint, [OwnerKey.Of(owner)], 2, TimeProvider.System.GetUtcNow()).IsAccepted);
        Assert.Equal((CoordinatorErrorCode.Forbidden, 403), (refused.ErrorCode, refused.HttpStatus));
    }

    [Fact]
    public async Task Update_ThatLowersASecurityVersion_NeedsToBeAllowed()
    {
        byte[] manifest = Manifest(securityVersion: 1);
        using var alice = new CoordinatorClient(_coordinator, _alice);

        CoordinatorException refused = await Assert.ThrowsAsync<CoordinatorException>(
            () => alice.UpdateAsync(manifest, cancellationToken: Cancellation));
        UpdateResult allowed = await alice.UpdateAsync(manifest, allowDowngrade: true, cancellationToken: Cancellation);
        await alice.CancelUpdateAsync(Cancellation);

        Assert.Equal(CoordinatorErrorCode.Rejected, refused.ErrorCode);
        Assert.Contains("SecurityVersion 1, but 2 is in force", refused.Message, StringComparison.Ordinal);
        Assert.Equal(1, allowed.MissingAcknowledgments);
        Assert.Null(await alice.GetPendingUpdateAsync(Cancellation));
    }

    [Fact]
    [Trait("Security", "E1")]
    public async Task Update_WithoutAUsersCertificate_IsUnauthorized()
    {
        using var anonymous = new CoordinatorClient(_coordinator);

        CoordinatorException refused = await Assert.ThrowsAsync<CoordinatorException>(
            () => anonymous.UpdateAsync(Manifest(securityVersion: 3), cancellationToken: Cancellation));

        Assert.Equal(CoordinatorErrorCode.Unauthorized, refused.ErrorCode);
    }

    private byte[] Manifest(int securityVersion, string marble = "web") => Encoding.UTF8.GetBytes($$"""
        {
          "Packages": { "app": { "SignerID": "{{Host.Platform.SignerId}}", "ProductID": 1, "SecurityVersion": {{securityVersion}} } },
          "Marbles": { "{{marble}}": { "Package": "app" } },
          "Users": {
            "alice": { "Certificate": "{{JsonPem(_alice)}}", "Roles": [ "manager" ] },
            "bob": { "Certificate": "{{JsonPem(_bob)}}", "Roles": [ "manager" ] }
          },
          "Roles": { "manager": { "ResourceType": "Manifest", "Actions": [ "UpdateManifest" ] } }
        }
        """);

    private static string JsonPem(X509Certificate2 certificate) => JsonEncodedText.Encode(certificate.ExportCertificatePem()).ToString();

    private static X509Certificate2 CreateUser(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return new CertificateRequest($"CN={name}", key, HashAlgorithmName.SHA256).CreateSelfSigned(
            DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}
