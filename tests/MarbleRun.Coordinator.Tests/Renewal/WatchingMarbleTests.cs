using System.Security.Cryptography.X509Certificates;
using MarbleRun.Coordinator.Identities;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.Tests.Manifests;
using MarbleRun.Coordinator.Tests.Revocation;
using MarbleRun.Identity;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace MarbleRun.Coordinator.Tests.Renewal;

/// <summary>What decides about a Marble that watches, without a signature, agrees with the whole check of its certificate.</summary>
public sealed class WatchingMarbleTests
{
    private readonly FakeTimeProvider _clock = new(TimeProvider.System.GetUtcNow());

    [Fact]
    [Trait("Security", "D4")]
    public async Task IsAccepted_UpdatesAndTime_AgreesWithTheCheckOfTheCertificate()
    {
        await using GovernedMesh mesh = await StartAsync();
        using X509Certificate2 leaf = await mesh.EnterAsync();
        WatchingMarble marble = Watch(mesh.State, leaf);

        AssertBoth(true, mesh.State, leaf, marble);
        CoordinatorState before = mesh.State;
        await mesh.UpdateAsync(m => m["Config"]!["TrustOverlap"] = "2h");
        AssertBoth(true, mesh.State, leaf, marble);
        AssertBoth(true, mesh.State, leaf, Watch(mesh.State, leaf));

        _clock.Advance(TimeSpan.FromHours(2));
        AssertBoth(false, mesh.State, leaf, marble);
        AssertBoth(true, before, leaf, marble);

        await mesh.UpdateAsync(m => m["Config"]!["TrustOverlap"] = "0s");
        AssertBoth(false, mesh.State, leaf, marble);

        _clock.SetUtcNow(new DateTimeOffset(leaf.NotAfter) + TimeSpan.FromSeconds(1));
        AssertBoth(false, before, leaf, marble);
    }

    [Fact]
    [Trait("Security", "D4")]
    public async Task IsAccepted_BeforeTheCertificateBegins_IsFalse()
    {
        await using GovernedMesh mesh = await StartAsync();
        using X509Certificate2 leaf = await mesh.EnterAsync();
        WatchingMarble marble = Watch(mesh.State, leaf);

        DateTimeOffset early = new DateTimeOffset(leaf.NotBefore) - TimeSpan.FromSeconds(1);

        Assert.Null(mesh.State.Identify(leaf, early, out _));
        Assert.False(marble.IsAccepted(mesh.State, early));
    }

    [Theory]
    [InlineData("UUID")]
    [InlineData("MarbleType")]
    [InlineData("Certificate")]
    [Trait("Security", "D4")]
    public async Task IsAccepted_Revoked_IsFalse(string kind)
    {
        await using GovernedMesh mesh = await StartAsync();
        using X509Certificate2 leaf = await mesh.EnterAsync();
        using X509Certificate2 other = await mesh.EnterAsync();
        WatchingMarble marble = Watch(mesh.State, leaf);
        WatchingMarble neighbour = Watch(mesh.State, other);
        string subject = kind switch
        {
            "UUID" => MarbleUuid.ToCanonical(marble.Marble.Uuid),
            "MarbleType" => marble.Marble.MarbleType,
            _ => marble.Marble.Certificate!,
        };

        Answer answer = await mesh.RevokeAsync(mesh.Anna, kind, subject);

        Assert.Equal(System.Net.HttpStatusCode.OK, answer.Status);
        AssertBoth(false, mesh.State, leaf, marble);
        AssertBoth(kind != "MarbleType", mesh.State, other, neighbour);
    }

    private Task<GovernedMesh> StartAsync() =>
        RevokingMesh.StartAsync(configure: services => services.AddSingleton<TimeProvider>(_clock));

    private WatchingMarble Watch(CoordinatorState state, X509Certificate2 leaf) =>
        state.Watch(leaf, Assert.IsType<MarblePeer>(state.Identify(leaf, _clock.GetUtcNow(), out _)), _clock.GetUtcNow());

    private void AssertBoth(bool expected, CoordinatorState state, X509Certificate2 leaf, WatchingMarble marble)
    {
        Assert.Equal(expected, state.Identify(leaf, _clock.GetUtcNow(), out _) is not null);
        Assert.Equal(expected, marble.IsAccepted(state, _clock.GetUtcNow()));
    }
}
