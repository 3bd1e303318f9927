using System.Security.Cryptography.X509Certificates;
using MarbleRun.Coordinator.Tests.Manifests;
using MarbleRun.Management;
using MarbleRun.Management.Revocations;

namespace MarbleRun.Coordinator.Tests.Revocation;

/// <summary><see cref="CoordinatorClient"/> as a user of the manifest.</summary>
public sealed class RevocationClientTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Client_OfUsersWithTheActions_RevokesListsAndLifts()
    {
        await using GovernedMesh mesh = await RevokingMesh.StartAsync(threshold: 2);
        using X509Certificate2 marble = await mesh.EnterAsync();
        VerifiedCoordinator coordinator = await VerifyAsync(mesh);
        using var anna = new CoordinatorClient(coordinator, mesh.Anna.Certificate);
        using var cara = new CoordinatorClient(coordinator, mesh.Cara.Certificate);
        using var rita = new CoordinatorClient(coordinator, mesh.Rita.Certificate);

        IssuedMarbles all = await rita.GetMarblesAsync(Cancellation);
        IssuedMarble listed = Assert.Single(all.Marbles);
        Assert.InRange(all.CompleteSince, DateTimeOffset.UtcNow.AddHours(-1), DateTimeOffset.UtcNow.AddSeconds(1));
        RevocationResult waiting = await anna.RevokeAsync(RevocationSubjectKind.MarbleType, "web", "host stolen", Cancellation);
        RevocationResult revoked = await cara.RevokeAsync(RevocationSubjectKind.MarbleType, "web", "the same", Cancellation);
        Management.Revocations.Revocation known = Assert.Single(await rita.GetRevocationsAsync(Cancellation));

        Assert.Equal(("web", RevokingMesh.HashOf(marble).ToLowerInvariant()), (listed.MarbleType, listed.Certificate));
        Assert.Equal(marble.SerialNumber, listed.SerialNumber, ignoreCase: true);
        Assert.Equal(new DateTimeOffset(marble.NotAfter.ToUniversalTime()), listed.Until);
        Assert.Equal((false, 1), (waiting.Revocation.IsInForce, waiting.Revocation.MissingApprovals));
        Assert.True(revoked.Revocation.IsInForce);
        Assert.Equal(listed.Certificate, Assert.Single(revoked.Marbles).Certificate);
        Assert.Contains("shared", revoked.Secrets);
        Assert.Equal(
            (1UL, RevocationSubjectKind.MarbleType, "web", "host stolen"),
            (known.Number, known.Kind, known.Subject, known.Reason));
        var list = CertificateRevocationListBuilder.Load((await rita.GetRevocationListAsync(Cancellation)).Span, out _, out _);
        Assert.True(list.RemoveEntry(marble.SerialNumberBytes.Span));
        Assert.False((await cara.LiftRevocationAsync(1, Cancellation)).IsLifted);
        Assert.True((await anna.LiftRevocationAsync(1, Cancellation)).IsLifted);
        Assert.Empty(await rita.GetRevocationsAsync(Cancellation));
    }

    [Fact]
    public async Task Client_OfAUserWithoutTheActions_GetsTheReason()
    {
        await using GovernedMesh mesh = await RevokingMesh.StartAsync();
        using var nora = new CoordinatorClient(await VerifyAsync(mesh), mesh.Nora.Certificate);

        foreach (Func<Task> call in new Func<Task>[]
        {
            () => nora.GetMarblesAsync(Cancellation), () => nora.GetRevocationsAsync(Cancellation),
            () => nora.RevokeAsync(RevocationSubjectKind.MarbleType, "web", "r", Cancellation),
        })
        {
            CoordinatorException refused = await Assert.ThrowsAsync<CoordinatorException>(call);
            Assert.Equal(CoordinatorErrorCode.Forbidden, refused.ErrorCode);
        }

        CoordinatorException unknown = await Assert.ThrowsAsync<CoordinatorException>(() => nora.LiftRevocationAsync(1, Cancellation));
        Assert.Equal(CoordinatorErrorCode.NotFound, unknown.ErrorCode);
    }

    private static Task<VerifiedCoordinator> VerifyAsync(GovernedMesh mesh) => CoordinatorClient.VerifyCoordinatorAsync(
        mesh.Host.Client.ToString(),
        new CoordinatorExpectation
        {
            Verifier = mesh.Host.Platform.CreateVerifier(),
            ExpectedPackage = mesh.Host.Platform.MeasureRunningProcess().ToPackageProperties(),
        },
        Cancellation);
}
