using System.Buffers.Binary;
using MarbleRun.Coordinator.State.Sealing;
using MarbleRun.Coordinator.Tee;
using MarbleRun.TestSupport;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Tests.Tee;

/// <summary>The host owns <c>sealed_key</c>, with the identifier of the platform's key in it.</summary>
[Collection(FakeTee.Tests)]
[Trait("Security", "F3")]
public sealed class SealedKeyTamperingTests : IDisposable
{
    private const int IdLengthOffset = 12 + 8;

    private static readonly SealingKey s_key = new([.. Enumerable.Repeat((byte)11, SealingKey.Size)]);

    private readonly CoordinatorTee _tee = new(Options.Create(new CoordinatorOptions()), NullLogger<CoordinatorTee>.Instance);
    private readonly TeeSealingKeyProvider _provider;
    private readonly KeySealer _sealer;

    public SealedKeyTamperingTests()
    {
        _provider = new TeeSealingKeyProvider(_tee);
        _sealer = new KeySealer(_provider);
    }

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _tee.Dispose();
        FakeTee.Leave();
    }

    [Theory]
    [InlineData("Gramine")]
    [InlineData("Occlum")]
    [InlineData("Mystikos")]
    [InlineData("Snp")]
    public async Task Open_AnySingleBitFlipped_IsRecoveryWithAReason(string world)
    {
        byte[] blob = await SealAsync(world);
        for (int bit = 0; bit < blob.Length * 8; bit++)
        {
            byte[] flipped = [.. blob];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));

            UnsealableKeyException exception = await Assert.ThrowsAsync<UnsealableKeyException>(() => OpenAsync(flipped));
            Assert.NotEmpty(exception.Message);
        }

        await OpenAsync(blob);
    }

    [Theory]
    [InlineData("Gramine")]
    [InlineData("Occlum")]
    [InlineData("Mystikos")]
    public async Task Open_CutAnywhere_IsRecovery(string world)
    {
        byte[] blob = await SealAsync(world);
        for (int length = 0; length < blob.Length; length++)
        {
            await Assert.ThrowsAsync<UnsealableKeyException>(() => OpenAsync(blob[..length]));
        }
    }

    [Theory]
    [InlineData("Gramine", "")]
    [InlineData("Occlum", "")]
    [InlineData("Occlum", "gramine")]
    [InlineData("Occlum", "occlum")]
    [InlineData("Mystikos", "mystikos")]
    [InlineData("Gramine", "gramineMRK1")]
    public async Task Open_IdentifierReplacedOrAbsent_IsRecovery(string world, string provider)
    {
        byte[] blob = await SealAsync(world);
        byte[] id = provider.Length == 0 ? [] : [(byte)Math.Min(provider.Length, 7), .. System.Text.Encoding.ASCII.GetBytes(provider)];
        if (provider == "mystikos")
        {
            id[0] = 8;
        }

        await Assert.ThrowsAsync<UnsealableKeyException>(() => OpenAsync(WithId(blob, id)));
    }

    /// <remarks>
    /// The layout without an identifier, as the simulation writes it: on a platform whose keys have one it must not come to a new key.
    /// </remarks>
    [Fact]
    public async Task Open_IdentifierAndItsLayoutRemoved_IsRecovery()
    {
        byte[] blob = await SealAsync("Occlum");
        byte[] old = [.. WithId(blob, [])];
        old = [.. old[..IdLengthOffset], .. old[(IdLengthOffset + 2)..]];
        old[8] = 1;

        UnsealableKeyException exception = await Assert.ThrowsAsync<UnsealableKeyException>(() => OpenAsync(old));

        Assert.Contains("does not say which platform's key", exception.Message, StringComparison.Ordinal);
    }

    /// <remarks>The identifier of another key of the same code: the key is derived, and what it did not seal does not open.</remarks>
    [Theory]
    [InlineData("Occlum")]
    [InlineData("Mystikos")]
    public async Task Open_IdentifierOfAnotherKey_IsRecovery(string world)
    {
        byte[] first = await SealAsync(world);
        byte[] second = await _sealer.SealAsync(SealingPolicy.UniqueKey, [s_key], Cancellation);
        Assert.NotEqual(IdOf(first), IdOf(second));

        UnsealableKeyException exception = await Assert.ThrowsAsync<UnsealableKeyException>(() => OpenAsync(WithId(first, IdOf(second))));

        Assert.Contains("does not open with this platform's key", exception.Message, StringComparison.Ordinal);
    }

    /// <remarks>
    /// With weaker masks, a debug enclave of the same code derives the same key: the host could read it there, and seal a state of its
    /// choice with it. In Mystikos the identifier is a whole KEYREQUEST.
    /// </remarks>
    [Theory]
    [InlineData(24, "the attributes")]
    [InlineData(72, "the miscellaneous selection")]
    [InlineData(2, "the policy")]
    public async Task Open_IdentifierWithWeakerMasks_IsRefusedBeforeAKeyIsDerived(int offset, string what)
    {
        byte[] blob = await SealAsync("Mystikos");
        byte[] id = IdOf(blob);
        id[1 + "mystikos".Length + offset + (offset == 72 ? 3 : 0)] = offset == 2 ? (byte)2 : (byte)0;

        UnsealableKeyException exception = await Assert.ThrowsAsync<UnsealableKeyException>(() => OpenAsync(WithId(blob, id)));

        Assert.True(exception.Message.Contains("refuses the identifier", StringComparison.Ordinal), what);
    }

    /// <remarks>What lies on the disk never chooses the key that seals.</remarks>
    [Theory]
    [InlineData("Occlum")]
    [InlineData("Mystikos")]
    public async Task Seal_Again_TakesANewKey(string world)
    {
        byte[] first = IdOf(await SealAsync(world));

        Assert.NotEqual(first, IdOf(await _sealer.SealAsync(SealingPolicy.UniqueKey, [s_key], Cancellation)));
    }

    private async Task<byte[]> SealAsync(string world)
    {
        FakeTee.Enter(Enum.Parse<FakeTee.World>(world));
        return await _sealer.SealAsync(SealingPolicy.UniqueKey, [s_key], Cancellation);
    }

    private Task<(IReadOnlyList<SealingKey> Keys, SealingPolicy Policy)> OpenAsync(byte[] blob) =>
        _sealer.OpenAsync(blob, Cancellation).AsTask();

    private static int IdEnd(byte[] blob) => IdLengthOffset + 2 + BinaryPrimitives.ReadUInt16LittleEndian(blob.AsSpan(IdLengthOffset));

    private static byte[] IdOf(byte[] blob) => blob[(IdLengthOffset + 2)..IdEnd(blob)];

    private static byte[] WithId(byte[] blob, byte[] id) =>
        [.. blob[..IdLengthOffset], (byte)id.Length, (byte)(id.Length >> 8), .. id, .. blob[IdEnd(blob)..]];
}
