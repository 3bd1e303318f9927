using System.Net;
using System.Text.Json.Nodes;
using MarbleRun.Coordinator.State.Sealing;
using MarbleRun.Coordinator.State.Stores;
using MarbleRun.Management;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Peers;

/// <summary>The keys of a deployment are replaced when an update takes them from code that had them.</summary>
[Trait("Security", "F5")]
public sealed class KeyRotationTests : GovernedPeerTest
{
    [Fact]
    public async Task Update_ThatRemovesCode_ReplacesTheKeysOfAllThatStay()
    {
        CoordinatorHost first = await StartAsync("first");
        await SetAsync(first, Governed("ab"));
        CoordinatorHost second = await StartAsync("second", peers: [AddressOf(first)]);
        CoordinatorHost removed = await StartAsync("removed", 'b', [AddressOf(first)]);
        string[] before = SlotOf("first");
        Assert.Equal(before, SlotOf("removed"));

        await UpdateAsync(second, first, Governed("a"));

        await MeshClient.ActivateAsync(second, "limited");
        Assert.Equal(StateOf(first).Manifest!.Fingerprint, StateOf(second).Manifest!.Fingerprint);
        string[] after = SlotOf("first");
        Assert.Equal(2, after.Length);
        Assert.Empty(after.Intersect(before));
        Assert.Equal(after, SlotOf("second"));

        // The one that was removed cannot follow, and its own slot does not open the state.
        await Assert.ThrowsAsync<StateStoreException>(async () => await LookAsync(removed));
        Assert.Equal(before, SlotOf("removed"));
        Assert.Contains(removed.Logs.Entries, e => e.Contains("StoreAway", StringComparison.Ordinal)
            && e.Contains("no other Coordinator handed it over", StringComparison.Ordinal));
        await removed.DisposeAsync();
        CoordinatorHost again = await StartAsync("removed", 'b', [AddressOf(first), AddressOf(second)]);
        Assert.Equal(CoordinatorPhase.Recovery, StateOf(again).Phase);
    }

    [Fact]
    public async Task Update_OfOneThatIsAlone_OpensFromItsOwnSlotAfterARestart()
    {
        CoordinatorHost only = await StartAsync("only");
        await SetAsync(only, Governed("ab"));
        byte[] root = StateOf(only).Authority.Root.RawData;
        string[] before = SlotOf("only");
        await UpdateAsync(only, only, Governed("a"));
        Assert.Empty(SlotOf("only").Intersect(before));
        await only.DisposeAsync();

        CoordinatorHost again = await StartAsync("only");

        Assert.Equal(root, StateOf(again).Authority.Root.RawData);
        await MeshClient.ActivateAsync(again, "limited");
    }

    [Fact]
    public async Task Update_ThatKeepsAllCode_KeepsTheKeys()
    {
        CoordinatorHost only = await StartAsync("only");
        await SetAsync(only, Governed("a"));
        string[] before = SlotOf("only");

        await UpdateAsync(only, only, Governed("ab"));

        Assert.Equal(before, SlotOf("only"));
    }

    /// <remarks>It would have the new keys, because it makes them.</remarks>
    [Fact]
    public async Task Update_SentToTheCoordinatorThatItRemoves_IsRefusedAndGoesOnWaiting()
    {
        CoordinatorHost old = await StartAsync("old");
        await SetAsync(old, Governed("ab"));
        CoordinatorHost next = await StartAsync("next", 'b', [AddressOf(old)]);
        string update = Governed("b");
        await BeginUpdateAsync(old, update);

        (HttpStatusCode status, string body) = await EndUpdateAsync(old, update);

        Assert.NotEqual(HttpStatusCode.OK, status);
        Assert.Contains("Send it to one that keeps them", body, StringComparison.Ordinal);
        Assert.NotNull(StateOf(old).PendingUpdate);
        (status, body) = await EndUpdateAsync(next, update);
        Assert.True(status == HttpStatusCode.OK, body);
        await Assert.ThrowsAsync<StateStoreException>(async () => await LookAsync(old));
    }

    [Fact]
    public async Task Update_ThatForbidsTheMachineOfTheCoordinatorThatIsAsked_IsRefused()
    {
        CoordinatorHost only = await StartAsync("only");
        await SetAsync(only, Governed("a"));
        string update = Governed("a", m => m["Coordinators"]!["code-a"]!["Platforms"] =
            new JsonObject { ["AllowedPlatforms"] = new JsonArray(new string('0', 64)) });
        await BeginUpdateAsync(only, update);

        (HttpStatusCode status, string body) = await EndUpdateAsync(only, update);

        Assert.NotEqual(HttpStatusCode.OK, status);
        Assert.Contains("Send it to one that keeps them", body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Update_AtTwoCoordinatorsAtOnce_OneSetOfKeysIsInForce()
    {
        CoordinatorHost first = await StartAsync("first");
        await SetAsync(first, Governed("abc", m => m["Config"]!["UpdateThreshold"] = 1));
        CoordinatorHost second = await StartAsync("second", peers: [AddressOf(first)]);
        Task<HttpStatusCode>? other = null;
        Store.BeforeState = () =>
        {
            // The other one commits while this one has its new keys in its slot, and waits for the store.
            Store.BeforeState = null;
            Assert.Equal(4, SlotOf("second").Length);
            other = StartUpdateAsync(first, Governed("ac"));
            Assert.Equal(HttpStatusCode.OK, other.GetAwaiter().GetResult());
        };

        HttpStatusCode status = await StartUpdateAsync(second, Governed("ab"));

        Assert.NotEqual(HttpStatusCode.OK, status);
        await MeshClient.ActivateAsync(second, "limited");
        await MeshClient.ActivateAsync(first, "limited");
        Assert.Equal(StateOf(first).Manifest!.Fingerprint, StateOf(second).Manifest!.Fingerprint);
        Assert.Equal(SlotOf("first"), SlotOf("second"));
        Assert.Equal(2, SlotOf("second").Length);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Update_CommitWithoutAnAnswer_LosesNoKeyWhetherItWasMadeOrNot(bool isMade)
    {
        CoordinatorHost only = await StartAsync("only");
        await SetAsync(only, Governed("abc", m => m["Config"]!["UpdateThreshold"] = 1));
        void Fail()
        {
            (Store.BeforeState, Store.AfterState) = (null, null);
            throw new StateStoreException("No answer.") { IsOutcomeUnknown = true };
        }

        (Store.BeforeState, Store.AfterState) = (isMade ? null : Fail, isMade ? Fail : null);

        Assert.NotEqual(HttpStatusCode.OK, await StartUpdateAsync(only, Governed("ab")));

        await MeshClient.ActivateAsync(only, "limited");
        Assert.Equal(isMade ? 2 : 4, SlotOf("only").Length);
        if (!isMade)
        {
            Assert.Equal(HttpStatusCode.OK, await StartUpdateAsync(only, Governed("ab")));
        }

        Assert.Equal(2, SlotOf("only").Length);
        await only.DisposeAsync();
        CoordinatorHost again = await StartAsync("only");
        await MeshClient.ActivateAsync(again, "limited");
    }

    private async Task<HttpStatusCode> StartUpdateAsync(CoordinatorHost host, string manifest)
    {
        (HttpStatusCode status, _) = await TryBeginUpdateAsync(host, manifest);
        return status;
    }

    /// <summary>The identifiers in a slot, sorted.</summary>
    private string[] SlotOf(string replica) => [.. KeySlot.Read(Store.Blobs[KeySlots.NameOf(replica)].Bytes.Span).Entries
        .Select(e => Convert.ToHexStringLower(e.Id.Span))
        .Order(StringComparer.Ordinal)];
}
