using System.Security.Cryptography;
using MarbleRun.Activation.Renewal;
using MarbleRun.Hosting;
using MarbleRun.Identity;
using MarbleRun.Manifests.Signatures;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Time.Testing;

namespace MarbleRun.Tests.Mesh;

/// <summary>The Coordinator is replaced by other code, on the same state, while Marbles run that verify its code at each renewal.</summary>
public sealed class CoordinatorUpdateTests
{
    private const string Accepted = "ListedCoordinatorAccepted";
    private const string Nothing = "{}";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Replace_CodeThatTheManifestListsBefore_MarblesRenewWithoutARestart()
    {
        await using ReplacedCoordinator mesh = await ReplacedCoordinator.StartAsync();
        RunningMarble attesting = await mesh.StartMarbleAsync(mesh.Trust());
        RunningMarble pinning = await mesh.StartMarbleAsync(CoordinatorTrust.PinRoots(mesh.Root));
        Guid id = attesting.Identity.Id;

        await mesh.UpdateAsync(ReplacedCoordinator.List(ReplacedCoordinator.Next));
        await attesting.NextAsync("IdentityRenewed");
        await pinning.NextAsync("IdentityRenewed");
        string before = attesting.Identity.Fingerprint;
        bool warned = attesting.Saw(Accepted);
        await mesh.ReplaceAsync(ReplacedCoordinator.Next);
        attesting.RequestRenewal();
        string warning = await attesting.NextAsync(Accepted);
        await attesting.NextAsync("IdentityRenewed");
        await attesting.RenewAsync();
        await pinning.RenewAsync();

        Assert.False(warned);
        Assert.Contains("lists the code in Coordinators as 've'", warning, StringComparison.Ordinal);
        Assert.NotEqual(before, attesting.Identity.Fingerprint);
        Assert.Equal(id, attesting.Identity.Id);
        Assert.False(attesting.Saw("ActivatingAgain"));
        Assert.False(pinning.Saw(Accepted));
    }

    [Fact]
    [Trait("Security", "C2")]
    public async Task Replace_CodeThatIsNotListed_IsRefusedAndTheIdentityStaysUntilItsEnd()
    {
        await using ReplacedCoordinator mesh = await ReplacedCoordinator.StartAsync(ReplacedCoordinator.List('c'));
        RunningMarble marble = await mesh.StartMarbleAsync(mesh.Trust());
        string before = marble.Identity.Fingerprint;

        await mesh.ReplaceAsync(ReplacedCoordinator.Next);
        marble.RequestRenewal();
        string refusal = await marble.NextAsync("RenewalUntrusted");

        Assert.Contains("its evidence was refused", refusal, StringComparison.Ordinal);
        Assert.Contains(
            "none of the 1 Coordinators that the deployment's manifest lists has its code", refusal, StringComparison.Ordinal);
        Assert.Equal(before, marble.Identity.Fingerprint);
        MarbleIdentity identity = marble.Identity;
        TimeSpan lifetime = identity.NotAfter - identity.Since;
        HealthCheckResult late = await CheckAsync(marble, identity.Since + (lifetime * 0.7));
        HealthCheckResult ended = await CheckAsync(marble, identity.NotAfter.AddSeconds(1));
        Assert.Equal((HealthStatus.Degraded, HealthStatus.Unhealthy), (late.Status, ended.Status));
        Assert.Contains("none of the 1 Coordinators", late.Description, StringComparison.Ordinal);
        Assert.Contains("none of the 1 Coordinators", ended.Description, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Security", "C2")]
    public async Task Replace_CodeThatIsListedAndThenRemoved_IsAcceptedAndThenRefused()
    {
        await using ReplacedCoordinator mesh = await ReplacedCoordinator.StartAsync(ReplacedCoordinator.List(ReplacedCoordinator.Next));
        RunningMarble marble = await mesh.StartMarbleAsync(mesh.Trust());
        await mesh.ReplaceAsync(ReplacedCoordinator.Next);
        await marble.RenewAsync();
        string before = marble.Identity.Fingerprint;

        await mesh.UpdateAsync(Nothing);
        string refusal = await marble.NextAsync("RenewalUntrusted");

        Assert.True(marble.Saw(Accepted));
        Assert.Contains("the deployment lists no other Coordinators", refusal, StringComparison.Ordinal);
        Assert.Equal(before, marble.Identity.Fingerprint);
    }

    [Fact]
    [Trait("Security", "C2")]
    public async Task Replace_OwnerMustSign_IsRefusedUntilAnOwnerSignedTheManifestThatLists()
    {
        using var owner = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        string listed = ReplacedCoordinator.List(ReplacedCoordinator.Next);
        await using ReplacedCoordinator mesh = await ReplacedCoordinator.StartAsync();
        await mesh.UpdateAsync(Nothing, owner);
        RunningMarble marble = await mesh.StartMarbleAsync(mesh.Trust(OwnerKey.Of(owner)));
        string before = marble.Identity.Fingerprint;

        await mesh.UpdateAsync(listed);
        await marble.NextAsync("RenewalUntrusted");
        await mesh.ReplaceAsync(ReplacedCoordinator.Next);
        string refusal = await ReadRefusalOfAsync(marble, "the manifest that lists other Coordinators is not used");
        string during = marble.Identity.Fingerprint;
        await mesh.SignAsync(listed, owner);
        await marble.NextAsync("IdentityRenewed");

        Assert.Contains("no owner signed its manifest", refusal, StringComparison.Ordinal);
        Assert.Equal(before, during);
        Assert.True(marble.Saw(Accepted));
    }

    [Fact]
    [Trait("Security", "C2")]
    public async Task Replace_MarbleThatStartsAtAListedCoordinator_IsRefused()
    {
        await using ReplacedCoordinator mesh = await ReplacedCoordinator.StartAsync(ReplacedCoordinator.List(ReplacedCoordinator.Next));
        await mesh.ReplaceAsync(ReplacedCoordinator.Next);

        MarbleActivationException exception = await Assert.ThrowsAsync<MarbleActivationException>(
            () => mesh.StartMarbleAsync(mesh.Trust()));

        Assert.Equal(MarbleActivationFailure.CoordinatorUntrusted, exception.Failure);
    }

    /// <summary>An update without an overlap makes the certificates worthless: what runs must not be shut out by it.</summary>
    [Fact]
    public async Task Replace_UpdateWithoutOverlapAtAListedCoordinator_IsFollowedByActivation()
    {
        await using ReplacedCoordinator mesh = await ReplacedCoordinator.StartAsync(ReplacedCoordinator.List(ReplacedCoordinator.Next));
        RunningMarble marble = await mesh.StartMarbleAsync(mesh.Trust());
        await mesh.ReplaceAsync(ReplacedCoordinator.Next);
        await marble.RenewAsync();
        Guid id = marble.Identity.Id;

        await mesh.UpdateAsync(ReplacedCoordinator.List(ReplacedCoordinator.Next), owner: null, overlap: "");
        await marble.NextAsync("ActivatingAgain");
        await marble.NextAsync("IdentityRenewed");

        Assert.Equal(id, marble.Identity.Id);
    }

    private static async Task<string> ReadRefusalOfAsync(RunningMarble marble, string reason)
    {
        while (true)
        {
            string refusal = await marble.NextAsync("RenewalUntrusted");
            if (refusal.Contains(reason, StringComparison.Ordinal))
            {
                return refusal;
            }
        }
    }

    private static Task<HealthCheckResult> CheckAsync(RunningMarble marble, DateTimeOffset time)
    {
        var check = new MarbleHealthCheck(
            marble.Services.GetRequiredService<MarbleIdentityProvider>(),
            marble.Services.GetRequiredService<RenewalStatus>(),
            marble.Services.GetRequiredService<CoordinatorReach>(),
            new FakeTimeProvider(time));
        return check.CheckHealthAsync(new HealthCheckContext(), Cancellation);
    }
}
