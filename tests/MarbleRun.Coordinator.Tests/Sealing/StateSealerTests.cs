using System.Buffers.Binary;
using MarbleRun.Coordinator.State.Sealing;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Sealing;

public sealed class StateSealerTests
{
    private const string Mode = "simulation";
    private static readonly byte[] s_state = "the state with a canary inside"u8.ToArray();
    private static readonly byte[] s_recoveryData = "who can give the key back"u8.ToArray();
    private static readonly SealingKey s_key = new([.. Enumerable.Repeat((byte)1, SealingKey.Size)]);

    [Fact]
    [Case("state-and-sealing", "Sealed and opened is the same; the recovery data can be read without the key")]
    public void Open_WhatWasSealed_GivesTheState()
    {
        byte[] blob = Seal();

        Assert.Equal(s_state, StateSealer.Open(blob, Mode, s_key));
        Assert.Equal(s_recoveryData, StateSealer.ReadRecoveryData(blob, Mode).ToArray());
        Assert.Equal(-1, blob.AsSpan().IndexOf("canary"u8));
    }

    [Fact]
    public void Seal_Twice_GivesDifferentBlobs() => Assert.NotEqual(Seal(), Seal());

    [Fact]
    [Trait("Security", "F3")]
    public void Open_AnySingleBitFlipped_IsRefusedWithAMessage()
    {
        byte[] blob = Seal();
        for (int bit = 0; bit < blob.Length * 8; bit++)
        {
            byte[] flipped = [.. blob];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));

            Assert.Throws<SealedStateException>(() => StateSealer.Open(flipped, Mode, s_key));
        }
    }

    [Fact]
    [Trait("Security", "F3")]
    [Case("state-and-sealing", "Data that are too short")]
    public void Open_CutAnywhere_IsRefusedWithAMessage()
    {
        byte[] blob = Seal();
        for (int length = 0; length < blob.Length; length++)
        {
            Assert.Throws<SealedStateException>(() => StateSealer.Open(blob.AsSpan(0, length), Mode, s_key));
        }
    }

    [Theory]
    [InlineData(0xFFFFFFFC)]
    [InlineData(0xFFFFFFFF)]
    [InlineData(0xFFFFFFF0)]
    [InlineData(0x7FFFFFFF)]
    [InlineData(0x80000000)]
    [Trait("Security", "F3")]
    [Case("state-and-sealing", "A length near 2^32")]
    public void Open_LengthOfRecoveryDataNearTheEndOfItsRange_IsRefusedWithAMessage(uint length)
    {
        byte[] blob = Seal();
        BinaryPrimitives.WriteUInt32LittleEndian(blob.AsSpan(11 + Mode.Length), length);

        Assert.Throws<SealedStateException>(() => StateSealer.Open(blob, Mode, s_key));
        Assert.Throws<SealedStateException>(() => StateSealer.ReadRecoveryData(blob, Mode));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(24)]
    [InlineData(26)]
    [Trait("Security", "F3")]
    [Case("state-and-sealing", "A wrong length of the recovery data")]
    [Case("state-and-sealing", "Length 0 of the recovery data")]
    public void Open_LengthOfRecoveryDataChanged_IsRefusedByTheTag(uint length)
    {
        byte[] blob = Seal();
        BinaryPrimitives.WriteUInt32LittleEndian(blob.AsSpan(11 + Mode.Length), length);

        SealedStateException exception = Assert.Throws<SealedStateException>(() => StateSealer.Open(blob, Mode, s_key));

        Assert.Contains("does not open", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_SealedInSimulation_IsRefusedByHardwareWithAMessageThatSaysSo()
    {
        SealedStateException exception = Assert.Throws<SealedStateException>(() => StateSealer.Open(Seal(), "hardware", s_key));

        Assert.Contains("sealed in mode 'simulation'", exception.Message, StringComparison.Ordinal);
        Assert.Contains("'hardware'", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_ModeInTheHeaderChanged_IsRefusedByTheTag()
    {
        byte[] blob = Seal();
        "hardwareXX"u8.CopyTo(blob.AsSpan(11));

        SealedStateException exception = Assert.Throws<SealedStateException>(() => StateSealer.Open(blob, "hardwareXX", s_key));

        Assert.Contains("does not open", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_ModeInTheHeaderWithALineBreak_ForgesNoLineInTheMessage()
    {
        byte[] blob = Seal();
        blob[13] = (byte)'\n';

        SealedStateException exception = Assert.Throws<SealedStateException>(() => StateSealer.Open(blob, Mode, s_key));

        Assert.DoesNotContain('\n', exception.Message);
    }

    [Fact]
    [Case("state-and-sealing", "Opening without the key, or with another")]
    public void Open_OtherKey_IsRefused()
    {
        using var other = SealingKey.CreateRandom();

        Assert.Throws<SealedStateException>(() => StateSealer.Open(Seal(), Mode, other));
    }

    [Fact]
    public void Open_LayoutOfAnEarlierRelease_IsRefusedWithAMessageThatNamesBoth()
    {
        byte[] blob = Seal();
        blob[8] = 1;

        SealedStateException exception = Assert.Throws<SealedStateException>(() => StateSealer.Open(blob, Mode, s_key));

        Assert.Contains("layout version 1; this Coordinator reads version 2", exception.Message, StringComparison.Ordinal);
    }

    private static byte[] Seal() => StateSealer.Seal(Mode, s_key, s_recoveryData, s_state);
}
