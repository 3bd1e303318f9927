using MarbleRun.Coordinator.State.Sealing;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Sealing;

public sealed class KeySealerTests
{
    private static readonly SealingKey s_first = new([.. Enumerable.Repeat((byte)11, SealingKey.Size)]);
    private static readonly SealingKey s_second = new([.. Enumerable.Repeat((byte)22, SealingKey.Size)]);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(SealingPolicy.UniqueKey)]
    [InlineData(SealingPolicy.ProductKey)]
    public async Task Open_WhatWasSealed_GivesTheKeysInTheirOrder(SealingPolicy policy)
    {
        var sealer = new KeySealer(new Platform());

        byte[] blob = await sealer.SealAsync(policy, [s_first, s_second], Cancellation);

        (IReadOnlyList<SealingKey> keys, SealingPolicy opened) = await sealer.OpenAsync(blob, Cancellation);
        Assert.Equal(policy, opened);
        Assert.Equal([s_first.Bytes.ToArray(), s_second.Bytes.ToArray()], keys.Select(k => k.Bytes.ToArray()));
        Assert.Equal(-1, blob.AsSpan().IndexOf(s_first.Bytes));
    }

    [Fact]
    [Trait("Security", "F3")]
    public async Task Open_AnySingleBitFlipped_CannotBeUnsealed()
    {
        var sealer = new KeySealer(new Platform());
        byte[] blob = await sealer.SealAsync(SealingPolicy.ProductKey, [s_first], Cancellation);
        for (int bit = 0; bit < blob.Length * 8; bit++)
        {
            byte[] flipped = [.. blob];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));

            await Assert.ThrowsAsync<UnsealableKeyException>(async () => await sealer.OpenAsync(flipped, Cancellation));
        }
    }

    [Fact]
    [Trait("Security", "F3")]
    public async Task Open_CutAnywhere_CannotBeUnsealed()
    {
        var sealer = new KeySealer(new Platform());
        byte[] blob = await sealer.SealAsync(SealingPolicy.ProductKey, [s_first, s_second], Cancellation);
        for (int length = 0; length < blob.Length; length++)
        {
            await Assert.ThrowsAsync<UnsealableKeyException>(async () => await sealer.OpenAsync(blob.AsMemory(0, length), Cancellation));
        }
    }

    [Fact]
    [Trait("Security", "F3")]
    public async Task Open_OnAnotherMachine_CannotBeUnsealedAndSaysWhy()
    {
        byte[] blob = await new KeySealer(new Platform(machine: 1)).SealAsync(SealingPolicy.ProductKey, [s_first], Cancellation);

        UnsealableKeyException exception = await Assert.ThrowsAsync<UnsealableKeyException>(
            async () => await new KeySealer(new Platform(machine: 2)).OpenAsync(blob, Cancellation));

        Assert.Contains("of another machine", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Case("state-and-sealing", "Seal mode UniqueKey outlives a restart of the same code")]
    public async Task Open_ByOtherCodeOfTheSameProduct_WorksWithTheProductKeyAlone()
    {
        var before = new KeySealer(new Platform(code: 1));
        var after = new KeySealer(new Platform(code: 2));
        byte[] product = await before.SealAsync(SealingPolicy.ProductKey, [s_first], Cancellation);
        byte[] unique = await before.SealAsync(SealingPolicy.UniqueKey, [s_first], Cancellation);

        Assert.Single((await after.OpenAsync(product, Cancellation)).Keys);
        await Assert.ThrowsAsync<UnsealableKeyException>(async () => await after.OpenAsync(unique, Cancellation));
    }

    [Fact]
    public async Task Open_OfAnotherMode_CannotBeUnsealed()
    {
        byte[] blob = await new KeySealer(new Platform(mode: "hardware")).SealAsync(SealingPolicy.ProductKey, [s_first], Cancellation);

        await Assert.ThrowsAsync<UnsealableKeyException>(async () => await new KeySealer(new Platform()).OpenAsync(blob, Cancellation));
    }

    private sealed class Platform(byte machine = 1, byte code = 1, string mode = "simulation") : ISealingKeyProvider
    {
        public string Mode => mode;

        public ValueTask<SealingKey> GetKeyAsync(SealingPolicy policy, CancellationToken cancellationToken)
        {
            var bytes = new byte[SealingKey.Size];
            bytes[0] = machine;
            bytes[1] = (byte)policy;
            bytes[2] = policy == SealingPolicy.UniqueKey ? code : (byte)0;
            return ValueTask.FromResult(new SealingKey(bytes));
        }
    }
}
