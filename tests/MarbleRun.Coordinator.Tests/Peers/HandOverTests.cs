using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.State.Changes;
using MarbleRun.Coordinator.State.Sealing;
using MarbleRun.Management;
using MarbleRun.Manifests.Checks;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Coordinator.Tests.Peers;

/// <summary>Whole Coordinators hand the keys of their deployment over.</summary>
[Trait("Security", "F5")]
public sealed class HandOverTests : PeerTest
{
    [Fact]
    public async Task Start_OnAnotherMachineWithTheSameCode_GetsTheKeysAndKeepsThem()
    {
        CoordinatorHost first = await StartAsync("first");
        await SetManifestAsync(first);
        byte[] root = StateOf(first).Authority.Root.RawData;

        CoordinatorHost second = await StartAsync("second", peers: [AddressOf(first)]);

        Assert.Equal(CoordinatorPhase.AcceptingMarbles, StateOf(second).Phase);
        Assert.Equal(root, StateOf(second).Authority.Root.RawData);
        string given = Assert.Single(AuditOf("first").Split('\n'), l => l.Contains("keys.handover", StringComparison.Ordinal));
        Assert.Contains("\"outcome\":\"allowed\"", given, StringComparison.Ordinal);
        Assert.Contains($"\"measurement\":\"{new string('a', 64)}\"", given, StringComparison.Ordinal);
        Assert.Contains("\"platform\":\"", given, StringComparison.Ordinal);
        Assert.Contains("\"basis\":\"same code\"", given, StringComparison.Ordinal);
        Assert.Single(AuditOf("second").Split('\n'), l => l.Contains("keys.receive", StringComparison.Ordinal));
        await second.DisposeAsync();
        await first.DisposeAsync();

        // Without a peer: from its own slot.
        CoordinatorHost again = await StartAsync("second");
        Assert.Equal(root, StateOf(again).Authority.Root.RawData);
        Assert.DoesNotContain(again.Logs.Entries, e => e.Contains("KeysReceived", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Start_OnAnotherMachineWithoutAPeer_IsARecoveryThatSaysWhatWasTried()
    {
        CoordinatorHost first = await StartAsync("first");
        await SetManifestAsync(first);
        string gone = AddressOf(first);
        await first.DisposeAsync();

        CoordinatorHost second = await StartAsync("second", peers: [gone]);

        Assert.Equal(CoordinatorPhase.Recovery, StateOf(second).Phase);
        string locked = Assert.Single(second.Logs.Entries, e => e.Contains("StateLocked", StringComparison.Ordinal));
        Assert.Contains(gone, locked, StringComparison.Ordinal);
        Assert.Contains("Its slot in the store has no such key that opens here", locked, StringComparison.Ordinal);
    }

    /// <remarks>No second authority is made in the place of one that another Coordinator may be working with.</remarks>
    [Fact]
    public async Task Start_BesideAStateWithoutAManifestThatDoesNotOpen_IsRefusedAndChangesNothing()
    {
        CoordinatorHost first = await StartAsync("first");
        byte[] state = Store.State!.Blobs.Data.ToArray();
        await first.DisposeAsync();

        SealedStateException exception = await Assert.ThrowsAsync<SealedStateException>(() => StartAsync("second"));

        Assert.Contains("has a state without a manifest, which this Coordinator cannot open", exception.Message, StringComparison.Ordinal);
        Assert.Equal(state, Store.State!.Blobs.Data.ToArray());
    }

    [Fact]
    public async Task Start_BeforeTheManifest_TakesTheRootOfTheOther()
    {
        CoordinatorHost first = await StartAsync("first");

        CoordinatorHost second = await StartAsync("second", peers: [AddressOf(first)]);

        Assert.Equal(CoordinatorPhase.AcceptingManifest, StateOf(second).Phase);
        Assert.Equal(StateOf(first).Authority.Root.RawData, StateOf(second).Authority.Root.RawData);
    }

    [Fact]
    public async Task Start_PeerThatComesLater_IsWaitedFor()
    {
        CoordinatorHost first = await StartAsync("first");
        await SetManifestAsync(first);
        string address = AddressOf(first);
        byte[] root = StateOf(first).Authority.Root.RawData;
        await first.DisposeAsync();

        Task<CoordinatorHost> second = StartAsync("second", peers: [address], wait: "00:01:00");
        CoordinatorHost again = await StartAsync("first", port: address);

        Assert.Equal(address, AddressOf(again));
        Assert.Equal(root, StateOf(await second).Authority.Root.RawData);
    }

    [Theory]
    [InlineData('b', false)]
    [InlineData('a', true)]
    public async Task Start_OtherCodeOrADebugEnclave_GetsNothing(char code, bool isDebug)
    {
        CoordinatorHost first = await StartAsync("first");
        await SetManifestAsync(first);

        CoordinatorHost second = await StartAsync("second", code, [AddressOf(first)], isDebug);

        Assert.Equal(CoordinatorPhase.Recovery, StateOf(second).Phase);
        Assert.Contains("keys.handover", AuditOf("first"), StringComparison.Ordinal);
        Assert.DoesNotContain("\"basis\"", AuditOf("first"), StringComparison.Ordinal);
        Assert.Contains(first.Logs.Entries, e => e.Contains("HandOverRefused", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Start_CodeThatTheManifestLists_GetsTheKeysAndAfterItsRemovalNoMore()
    {
        CoordinatorHost old = await StartAsync("old");
        await SetManifestAsync(old, 'a', 'b');

        CoordinatorHost next = await StartAsync("next", 'b', [AddressOf(old)]);
        CoordinatorHost unlisted = await StartAsync("unlisted", 'c', [AddressOf(old)]);

        Assert.Equal(StateOf(old).Authority.Root.RawData, StateOf(next).Authority.Root.RawData);
        Assert.Contains("\"basis\":\"Coordinators.code-b\"", AuditOf("old"), StringComparison.Ordinal);
        Assert.Equal(CoordinatorPhase.Recovery, StateOf(unlisted).Phase);

        // The new one goes on alone, and hands over to its like.
        await old.DisposeAsync();
        CoordinatorHost third = await StartAsync("third", 'b', [AddressOf(next)]);
        Assert.Equal(StateOf(next).Authority.Root.RawData, StateOf(third).Authority.Root.RawData);
    }

    /// <remarks>An entry for the own code takes the place of equality, so that its machines limit who gets keys.</remarks>
    [Fact]
    public async Task Start_SameCodeOnAMachineThatTheManifestDoesNotAllow_GetsNothing()
    {
        CoordinatorHost first = await StartAsync("first");
        string machines = new('0', 64);
        using HttpClient client = first.CreateClient();
        using HttpResponseMessage response = await client.PostAsync(
            new Uri("/manifest", UriKind.Relative),
            new StringContent(ManifestOf('a').Replace(
                "\"UniqueID\": \"aaaa",
                $$"""
                "Platforms": { "AllowedPlatforms": ["{{machines}}"] }, "UniqueID": "aaaa
                """,
                StringComparison.Ordinal)),
            Cancellation);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync(Cancellation));

        CoordinatorHost second = await StartAsync("second", peers: [AddressOf(first)]);

        Assert.Equal(CoordinatorPhase.Recovery, StateOf(second).Phase);
        Assert.DoesNotContain("\"basis\"", AuditOf("first"), StringComparison.Ordinal);
    }
}
