using MarbleRun.Coordinator.State.Sealing;
using MarbleRun.Coordinator.State.Stores;
using MarbleRun.Coordinator.Tests.Stores;
using MarbleRun.Manifests;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Tests.Sealing;

/// <summary>The keys of a deployment, in memory and in the slots of its Coordinators.</summary>
[Trait("Security", "F3")]
[Trait("Security", "F5")]
public sealed class DeploymentKeyTests : IDisposable
{
    private static readonly SealingPolicy[] s_policies = [SealingPolicy.UniqueKey, SealingPolicy.ProductKey];

    private readonly SharedMemoryStore _store = new();
    private readonly List<DeploymentKeyProvider> _providers = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(SealingPolicy.UniqueKey)]
    [InlineData(SealingPolicy.ProductKey)]
    public async Task GetKey_ToSeal_IsInTheSlotBeforeItIsReturned(SealingPolicy policy)
    {
        using SealingKey key = await Start("a").GetKeyAsync(policy, Cancellation);

        using SealingKey again = await Start("a").GetKeyAsync(policy, key.Id, Cancellation);
        Assert.Equal(key.Bytes.ToArray(), again.Bytes.ToArray());
    }

    [Fact]
    public async Task GetKey_StoreThatRefusesTheSlot_GivesNoKey()
    {
        _store.BeforeBlob = _ => throw new StateStoreException("The disk is full.");
        DeploymentKeyProvider provider = Start("a");

        await Assert.ThrowsAsync<StateStoreException>(async () => await provider.GetKeyAsync(SealingPolicy.UniqueKey, Cancellation));

        _store.BeforeBlob = null;
        using SealingKey key = await provider.GetKeyAsync(SealingPolicy.UniqueKey, Cancellation);
        using SealingKey again = await Start("a").GetKeyAsync(SealingPolicy.UniqueKey, key.Id, Cancellation);
        Assert.Equal(key.Bytes.ToArray(), again.Bytes.ToArray());
    }

    [Fact]
    public async Task GetKey_OfEachPolicy_IsAnotherKeyWithAnotherName()
    {
        DeploymentKeyProvider provider = Start("a");
        using SealingKey unique = await provider.GetKeyAsync(SealingPolicy.UniqueKey, Cancellation);
        using SealingKey product = await provider.GetKeyAsync(SealingPolicy.ProductKey, Cancellation);

        Assert.NotEqual(unique.Bytes.ToArray(), product.Bytes.ToArray());
        Assert.All([unique, product], key => Assert.True(DeploymentKey.IsId(key.Id.Span)));
        await AssertUnknownAsync(provider, SealingPolicy.ProductKey, unique.Id);
    }

    [Fact]
    public async Task Store_AfterAKeyWasMade_HasItNowhereInTheClear()
    {
        using SealingKey unique = await Start("a").GetKeyAsync(SealingPolicy.UniqueKey, Cancellation);
        using SealingKey product = await Start("a").GetKeyAsync(SealingPolicy.ProductKey, Cancellation);

        StoredBlob slot = Assert.Single(_store.Blobs).Value;
        Assert.Equal(-1, slot.Bytes.Span.IndexOf(unique.Bytes));
        Assert.Equal(-1, slot.Bytes.Span.IndexOf(product.Bytes));
    }

    [Fact]
    public async Task GetKey_SlotOfAnotherMachine_IsNotOpenedAndTheReasonSaysWhatWasTried()
    {
        using SealingKey key = await Start("a").GetKeyAsync(SealingPolicy.UniqueKey, Cancellation);

        UnsealableKeyException exception = await AssertUnknownAsync(Start("a", machine: 2), SealingPolicy.UniqueKey, key.Id);

        Assert.Contains("Its slot in the store has no such key that opens here", exception.Message, StringComparison.Ordinal);
        Assert.Contains("no other Coordinator is named", exception.Message, StringComparison.Ordinal);
    }

    /// <remarks>A store that swaps the slots of two machines gives neither the other's keys.</remarks>
    [Fact]
    public async Task GetKey_SwappedSlots_AreNoKeysOfTheOther()
    {
        using SealingKey first = await Start("a", machine: 1).GetKeyAsync(SealingPolicy.UniqueKey, Cancellation);
        using SealingKey second = await Start("b", machine: 2).GetKeyAsync(SealingPolicy.UniqueKey, Cancellation);
        ReadOnlyMemory<byte> a = _store.Blobs[KeySlots.NameOf("a")].Bytes, b = _store.Blobs[KeySlots.NameOf("b")].Bytes;
        _store.PutBlob(KeySlots.NameOf("a"), b);
        _store.PutBlob(KeySlots.NameOf("b"), a);

        await AssertUnknownAsync(Start("a", machine: 1), SealingPolicy.UniqueKey, first.Id);
        await AssertUnknownAsync(Start("a", machine: 1), SealingPolicy.UniqueKey, second.Id);
    }

    /// <remarks>The names of two keys exchanged within one slot: a key that opens has the name that follows from it.</remarks>
    [Fact]
    public async Task GetKey_ExchangedNamesInASlot_OpensNeither()
    {
        DeploymentKeyProvider provider = Start("a");
        using SealingKey unique = await provider.GetKeyAsync(SealingPolicy.UniqueKey, Cancellation);
        using SealingKey product = await provider.GetKeyAsync(SealingPolicy.ProductKey, Cancellation);
        KeySlot slot = KeySlot.Read(_store.Blobs[KeySlots.NameOf("a")].Bytes.Span);
        KeySlotEntry[] exchanged =
        [
            slot.Entries[0] with { Policy = slot.Entries[1].Policy, Id = slot.Entries[1].Id },
            slot.Entries[1] with { Policy = slot.Entries[0].Policy, Id = slot.Entries[0].Id },
        ];
        _store.PutBlob(KeySlots.NameOf("a"), new KeySlot([.. exchanged]).Write());

        await AssertUnknownAsync(Start("a"), SealingPolicy.UniqueKey, unique.Id);
        await AssertUnknownAsync(Start("a"), SealingPolicy.ProductKey, product.Id);
    }

    [Fact]
    public async Task GetKey_SlotCutAnywhereOrWithAFlippedBit_NeverGivesAnotherKey()
    {
        using SealingKey key = await Start("a").GetKeyAsync(SealingPolicy.UniqueKey, Cancellation);
        byte[] slot = _store.Blobs[KeySlots.NameOf("a")].Bytes.ToArray();
        for (int length = 0; length < slot.Length; length++)
        {
            _store.PutBlob(KeySlots.NameOf("a"), slot.AsMemory(0, length));
            await AssertUnknownAsync(Start("a"), SealingPolicy.UniqueKey, key.Id);
        }

        for (int bit = 0; bit < slot.Length * 8; bit++)
        {
            byte[] flipped = [.. slot];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            _store.PutBlob(KeySlots.NameOf("a"), flipped);
            try
            {
                // The other entry was hit.
                using SealingKey opened = await Start("a").GetKeyAsync(SealingPolicy.UniqueKey, key.Id, Cancellation);
                Assert.Equal(key.Bytes.ToArray(), opened.Bytes.ToArray());
            }
            catch (UnsealableKeyException)
            {
                // This one was.
            }
        }
    }

    [Fact]
    public async Task GetKey_SlotOfTheCodeBefore_StaysBehindTheNewKeys()
    {
        using SealingKey old = await Start("a", machine: 1).GetKeyAsync(SealingPolicy.UniqueKey, Cancellation);
        using SealingKey other = await Start("a", machine: 2).GetKeyAsync(SealingPolicy.UniqueKey, Cancellation);

        using SealingKey again = await Start("a", machine: 1).GetKeyAsync(SealingPolicy.UniqueKey, old.Id, Cancellation);
        Assert.Equal(old.Bytes.ToArray(), again.Bytes.ToArray());
    }

    [Fact]
    public async Task GetKey_SlotChangedInBetween_IsWrittenAgain()
    {
        int commits = 0;
        _store.BeforeBlob = name =>
        {
            if (++commits <= 3)
            {
                _store.PutBlob(name, new byte[] { 1 });
            }
        };

        using SealingKey key = await Start("a").GetKeyAsync(SealingPolicy.UniqueKey, Cancellation);

        Assert.Equal(4, commits);
        using SealingKey again = await Start("a").GetKeyAsync(SealingPolicy.UniqueKey, key.Id, Cancellation);
        Assert.Equal(key.Bytes.ToArray(), again.Bytes.ToArray());
    }

    [Fact]
    public async Task GetKey_AfterTheStoreWasArchived_WritesTheSlotAgain()
    {
        DeploymentKeyProvider provider = Start("a");
        using SealingKey key = await provider.GetKeyAsync(SealingPolicy.UniqueKey, Cancellation);
        await _store.ArchiveAsync(Cancellation);

        using SealingKey sealing = await provider.GetKeyAsync(SealingPolicy.UniqueKey, Cancellation);

        Assert.Single(_store.Blobs);
        using SealingKey again = await Start("a").GetKeyAsync(SealingPolicy.UniqueKey, sealing.Id, Cancellation);
        Assert.Equal(sealing.Bytes.ToArray(), again.Bytes.ToArray());
    }

    [Fact]
    public async Task GetKey_KeyOfAPlatformInsteadOfTheDeployment_IsRefusedWithItsReason()
    {
        foreach (byte[] id in (byte[][])[[], [7, .. "sev-snp"u8], new byte[15]])
        {
            UnsealableKeyException exception = await AssertUnknownAsync(Start("a"), SealingPolicy.UniqueKey, id);
            Assert.Contains("it comes from a seal directory, or it is damaged", exception.Message, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task GetKey_OnAPlatformWithoutKeys_WritesNoSlot()
    {
        DeploymentKeyProvider provider = Start("a", policies: []);

        using SealingKey key = await provider.GetKeyAsync(SealingPolicy.ProductKey, Cancellation);

        Assert.Empty(_store.Blobs);
        Assert.Equal(s_policies, provider.Policies);
        UnsealableKeyException exception = await AssertUnknownAsync(Start("a", policies: []), SealingPolicy.ProductKey, key.Id);
        Assert.Contains("Its platform has no key to keep it with", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task GetKey_OnAPlatformWithoutAProductKey_KeepsBothForThisCode()
    {
        DeploymentKeyProvider provider = Start("a", policies: [SealingPolicy.UniqueKey]);
        using SealingKey key = await provider.GetKeyAsync(SealingPolicy.ProductKey, Cancellation);

        using SealingKey again = await Start("a", policies: [SealingPolicy.UniqueKey])
            .GetKeyAsync(SealingPolicy.ProductKey, key.Id, Cancellation);
        Assert.Equal(key.Bytes.ToArray(), again.Bytes.ToArray());
    }

    [Fact]
    public async Task GetKey_KeyThatOpenedAState_SealsFromThenOn()
    {
        using SealingKey winner = await Start("winner").GetKeyAsync(SealingPolicy.UniqueKey, Cancellation);
        DeploymentKeyProvider loser = Start("loser", peers: new Peers(winner, refusal: null));
        using SealingKey lost = await loser.GetKeyAsync(SealingPolicy.UniqueKey, Cancellation);

        using SealingKey opened = await loser.GetKeyAsync(SealingPolicy.UniqueKey, winner.Id, Cancellation);
        Assert.Null(await loser.FindFaultAsync(new byte[32], null, Cancellation));

        using SealingKey sealing = await loser.GetKeyAsync(SealingPolicy.UniqueKey, Cancellation);
        Assert.Equal(winner.Bytes.ToArray(), sealing.Bytes.ToArray());

        // The one that lost is kept: a commit whose outcome was unknown may have used it.
        using SealingKey kept = await Start("loser").GetKeyAsync(SealingPolicy.UniqueKey, lost.Id, Cancellation);
        Assert.Equal(lost.Bytes.ToArray(), kept.Bytes.ToArray());
        using SealingKey adopted = await Start("loser").GetKeyAsync(SealingPolicy.UniqueKey, winner.Id, Cancellation);
        Assert.Equal(winner.Bytes.ToArray(), adopted.Bytes.ToArray());
    }

    [Fact]
    public async Task FindFault_StateThatDoesNotFitThePeer_DropsItsKeys()
    {
        using SealingKey hostile = SealingKeyOf(5);
        DeploymentKeyProvider provider = Start("a", peers: new Peers(hostile, refusal: "It is of another deployment."));
        using SealingKey opened = await provider.GetKeyAsync(SealingPolicy.UniqueKey, hostile.Id, Cancellation);

        Assert.Null(await provider.CopyForPeerAsync(SealingPolicy.UniqueKey, hostile.Id, Cancellation));
        Assert.Equal("It is of another deployment.", await provider.FindFaultAsync(new byte[32], null, Cancellation));

        using SealingKey sealing = await provider.GetKeyAsync(SealingPolicy.UniqueKey, Cancellation);
        Assert.NotEqual(hostile.Bytes.ToArray(), sealing.Bytes.ToArray());
        Assert.Null(await provider.CopyForPeerAsync(SealingPolicy.UniqueKey, hostile.Id, Cancellation));
        await AssertUnknownAsync(Start("a"), SealingPolicy.UniqueKey, hostile.Id);
    }

    [Fact]
    public async Task Dispose_OfTheProvider_WipesItsKeys()
    {
        DeploymentKeyProvider provider = Start("a");
        using SealingKey key = await provider.GetKeyAsync(SealingPolicy.UniqueKey, Cancellation);
        IReadOnlyList<DeploymentKey> copies = (await provider.CopyForPeerAsync(SealingPolicy.UniqueKey, key.Id, Cancellation))!;

        Assert.Equal([SealingPolicy.UniqueKey, SealingPolicy.ProductKey], copies.Select(c => c.Policy));
        Assert.All(copies, copy =>
        {
            copy.Dispose();
            Assert.Throws<ObjectDisposedException>(() => copy.Bytes.Length);
        });
    }

    public void Dispose() => _providers.ForEach(p => p.Dispose());

    private static SealingKey SealingKeyOf(byte value)
    {
        using var key = new DeploymentKey(SealingPolicy.UniqueKey, [.. Enumerable.Repeat(value, SealingKey.Size)]);
        return key.ToSealingKey();
    }

    private static Task<UnsealableKeyException> AssertUnknownAsync(
        DeploymentKeyProvider provider, SealingPolicy policy, ReadOnlyMemory<byte> id) =>
        Assert.ThrowsAsync<UnsealableKeyException>(async () => await provider.GetKeyAsync(policy, id, Cancellation));

    private DeploymentKeyProvider Start(
        string replica, byte machine = 1, IReadOnlyList<SealingPolicy>? policies = null, IKeySource? peers = null)
    {
        var options = new CoordinatorOptions { Store = { Replica = replica } };
        var provider = new DeploymentKeyProvider(
            new Platform(machine, policies ?? s_policies),
            _store,
            peers ?? new NoKeySource(),
            Options.Create(options),
            NullLogger<DeploymentKeyProvider>.Instance);
        _providers.Add(provider);
        return provider;
    }

    private sealed class Platform(byte machine, IReadOnlyList<SealingPolicy> policies) : ISealingKeyProvider
    {
        public string Mode => "test";

        public IReadOnlyList<SealingPolicy> Policies => policies;

        public ValueTask<SealingKey> GetKeyAsync(SealingPolicy policy, CancellationToken cancellationToken) => ValueTask.FromResult(
            new SealingKey([.. Enumerable.Repeat((byte)(machine + (policy == SealingPolicy.UniqueKey ? 0 : 100)), SealingKey.Size)]));
    }

    private sealed class NoKeySource : IKeySource
    {
        public ValueTask<KeyAnswer> AskAsync(SealingPolicy policy, ReadOnlyMemory<byte> id, CancellationToken cancellationToken) =>
            ValueTask.FromResult(new KeyAnswer(null, string.Empty));
    }

    private sealed class Peers(SealingKey key, string? refusal) : IKeySource
    {
        public ValueTask<KeyAnswer> AskAsync(SealingPolicy policy, ReadOnlyMemory<byte> id, CancellationToken cancellationToken) =>
            ValueTask.FromResult(new KeyAnswer(new Answer([new DeploymentKey(policy, key.Bytes)], refusal), string.Empty));

        private sealed class Answer(IReadOnlyList<DeploymentKey> keys, string? refusal) : ReceivedKeys(keys)
        {
            public override ValueTask<string?> FindFaultAsync(
                ReadOnlyMemory<byte> rootHash, Manifest? manifest, CancellationToken cancellationToken) => ValueTask.FromResult(refusal);

            public override ValueTask SettleAsync(string? refusal) => ValueTask.CompletedTask;
        }
    }
}
