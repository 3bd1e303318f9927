using System.Runtime.Versioning;
using System.Security.Cryptography;
using MarbleRun.Coordinator.Sealing;
using MarbleRun.Testing;

namespace MarbleRun.Coordinator.Tests.Sealing;

public sealed class StateSealerTests
{
    private static readonly byte[] s_state = "the state with a canary inside"u8.ToArray();

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Open_WhatWasSealed_GivesTheState()
    {
        var sealer = new StateSealer(new FixedKey("simulation", 1));

        byte[] blob = await sealer.SealAsync(s_state, Cancellation);

        Assert.Equal(s_state, await sealer.OpenAsync(blob, Cancellation));
        Assert.Equal(-1, blob.AsSpan().IndexOf("canary"u8));
    }

    [Fact]
    public async Task Seal_Twice_GivesDifferentBlobs()
    {
        var sealer = new StateSealer(new FixedKey("simulation", 1));

        Assert.NotEqual(await sealer.SealAsync(s_state, Cancellation), await sealer.SealAsync(s_state, Cancellation));
    }

    [Fact]
    [Trait("Security", "F3")]
    public async Task Open_AnySingleBitFlipped_IsRefusedWithASentence()
    {
        var sealer = new StateSealer(new FixedKey("simulation", 1));
        byte[] blob = await sealer.SealAsync(s_state, Cancellation);
        for (int bit = 0; bit < blob.Length * 8; bit++)
        {
            byte[] flipped = [.. blob];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));

            await Assert.ThrowsAsync<SealedStateException>(async () => await sealer.OpenAsync(flipped, Cancellation));
        }
    }

    [Fact]
    [Trait("Security", "F3")]
    public async Task Open_CutAnywhere_IsRefusedWithASentence()
    {
        var sealer = new StateSealer(new FixedKey("simulation", 1));
        byte[] blob = await sealer.SealAsync(s_state, Cancellation);
        for (int length = 0; length < blob.Length; length++)
        {
            await Assert.ThrowsAsync<SealedStateException>(async () => await sealer.OpenAsync(blob.AsMemory(0, length), Cancellation));
        }
    }

    [Fact]
    public async Task Open_SealedInSimulation_IsRefusedByHardwareWithASentenceThatSaysSo()
    {
        byte[] blob = await new StateSealer(new FixedKey("simulation", 1)).SealAsync(s_state, Cancellation);

        SealedStateException exception = await Assert.ThrowsAsync<SealedStateException>(
            async () => await new StateSealer(new FixedKey("hardware", 1)).OpenAsync(blob, Cancellation));

        Assert.Contains("sealed in mode 'simulation'", exception.Message, StringComparison.Ordinal);
        Assert.Contains("'hardware'", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_ModeInTheHeaderChanged_IsRefusedByTheTag()
    {
        byte[] blob = await new StateSealer(new FixedKey("simulation", 1)).SealAsync(s_state, Cancellation);
        "hardwareXX"u8.CopyTo(blob.AsSpan(11));

        SealedStateException exception = await Assert.ThrowsAsync<SealedStateException>(
            async () => await new StateSealer(new FixedKey("hardwareXX", 1)).OpenAsync(blob, Cancellation));

        Assert.Contains("does not open", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Open_ModeInTheHeaderWithALineBreak_ForgesNoLineInTheMessage()
    {
        byte[] blob = await new StateSealer(new FixedKey("simulation", 1)).SealAsync(s_state, Cancellation);
        blob[13] = (byte)'\n';

        SealedStateException exception = await Assert.ThrowsAsync<SealedStateException>(
            async () => await new StateSealer(new FixedKey("simulation", 1)).OpenAsync(blob, Cancellation));

        Assert.DoesNotContain('\n', exception.Message);
    }

    [Fact]
    public async Task Open_OtherKey_IsRefused()
    {
        byte[] blob = await new StateSealer(new FixedKey("simulation", 1)).SealAsync(s_state, Cancellation);

        await Assert.ThrowsAsync<SealedStateException>(async () => await new StateSealer(new FixedKey("simulation", 2)).OpenAsync(blob, Cancellation));
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task SimulationKey_FirstUse_MakesAPrivateFileAndGivesTheSameKeyAfterwards()
    {
        using var directory = new TemporaryDirectory();

        using SealingKey first = await new SimulationSealingKeyProvider(directory.Path).GetKeyAsync(Cancellation);
        using SealingKey second = await new SimulationSealingKeyProvider(directory.Path).GetKeyAsync(Cancellation);

        Assert.True(first.Bytes.SequenceEqual(second.Bytes));
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no file modes.");
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(directory.File("sealing.key")));
    }

    [Fact]
    public async Task SimulationKey_ManyAtOnce_AllGetTheSameKey()
    {
        using var directory = new TemporaryDirectory();

        string[] keys = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(async () =>
        {
            using SealingKey key = await new SimulationSealingKeyProvider(directory.Path).GetKeyAsync(Cancellation);
            return Convert.ToHexString(key.Bytes);
        })));

        Assert.Single(keys.Distinct());
    }

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task SimulationKey_ReadableByOthers_IsRefusedWithTheRemedy()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows has no file modes.");
        using var directory = new TemporaryDirectory();
        await File.WriteAllBytesAsync(directory.File("sealing.key"), RandomNumberGenerator.GetBytes(32), Cancellation);
        File.SetUnixFileMode(directory.File("sealing.key"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);

        SealedStateException exception = await Assert.ThrowsAsync<SealedStateException>(
            async () => await new SimulationSealingKeyProvider(directory.Path).GetKeyAsync(Cancellation));

        Assert.Contains("chmod 600", exception.Message, StringComparison.Ordinal);
    }

    private sealed class FixedKey(string mode, byte value) : ISealingKeyProvider
    {
        public string Mode => mode;

        public ValueTask<SealingKey> GetKeyAsync(CancellationToken cancellationToken)
        {
            Span<byte> bytes = stackalloc byte[SealingKey.Size];
            bytes.Fill(value);
            return ValueTask.FromResult(new SealingKey(bytes));
        }
    }
}
