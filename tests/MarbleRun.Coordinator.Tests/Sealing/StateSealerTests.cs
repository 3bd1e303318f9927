using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using MarbleRun.Coordinator.State.Sealing;
using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Sealing;

public sealed class StateSealerTests
{
    private const string Mode = "simulation";
    private static readonly byte[] s_state = "the state with a canary inside"u8.ToArray();
    private const ulong Generation = 0x0102030405060708;
    private const int RecoveryDataOffset = 11 + 10 + 32 + 8;
    private static readonly byte[] s_deployment = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];
    private static readonly byte[] s_recoveryData = "who can give the key back"u8.ToArray();
    private static readonly SealingKey s_key = new([.. Enumerable.Repeat((byte)1, SealingKey.Size)]);

    [Fact]
    [Case("state-and-sealing", "Sealed and opened is the same; the recovery data can be read without the key")]
    public void Open_WhatWasSealed_GivesTheState()
    {
        byte[] blob = Seal();

        Assert.Equal(s_state, StateSealer.Open(blob, Mode, s_key));
        SealedHeader clear = StateSealer.ReadClear(blob, Mode);
        Assert.Equal(s_recoveryData, clear.RecoveryData.ToArray());
        Assert.Equal(s_deployment, clear.Deployment.ToArray());
        Assert.Equal(Generation, clear.Generation);
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
        BinaryPrimitives.WriteUInt32LittleEndian(blob.AsSpan(RecoveryDataOffset), length);

        Assert.Throws<SealedStateException>(() => StateSealer.Open(blob, Mode, s_key));
        Assert.Throws<SealedStateException>(() => StateSealer.ReadClear(blob, Mode));
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
        BinaryPrimitives.WriteUInt32LittleEndian(blob.AsSpan(RecoveryDataOffset), length);

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

        Assert.Contains("layout version 1; this Coordinator reads versions 2 and 3", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Security", "F3")]
    public void Open_LayoutWithoutDeployment_GivesTheState()
    {
        byte[] blob = SealInLayout2();

        Assert.Equal(s_state, StateSealer.Open(blob, Mode, s_key));
        SealedHeader clear = StateSealer.ReadClear(blob, Mode);
        Assert.Equal((true, 0UL), (clear.Deployment.IsEmpty, clear.Generation));
        Assert.Equal(s_recoveryData, clear.RecoveryData.ToArray());
    }

    [Fact]
    [Trait("Security", "F3")]
    public void Open_LayoutChangedToTheOneBefore_IsRefusedByTheTag()
    {
        byte[] blob = SealInLayout2();
        byte[] newer = Seal();
        newer[8] = 2;
        blob[8] = 3;

        Assert.Throws<SealedStateException>(() => StateSealer.Open(newer, Mode, s_key));
        Assert.Throws<SealedStateException>(() => StateSealer.Open(blob, Mode, s_key));
    }

    /// <summary>As releases before several Coordinators sealed it.</summary>
    private static byte[] SealInLayout2()
    {
        byte[] header =
        [
            .. "MRSEALED"u8, 2, 0, (byte)Mode.Length, .. Encoding.ASCII.GetBytes(Mode), (byte)s_recoveryData.Length, 0, 0, 0,
            .. s_recoveryData,
        ];
        byte[] nonce = RandomNumberGenerator.GetBytes(12);
        byte[] sealedState = new byte[s_state.Length];
        byte[] tag = new byte[16];
        using var cipher = new AesGcm(s_key.Bytes, tag.Length);
        cipher.Encrypt(nonce, s_state, sealedState, tag, header);
        return [.. header, .. nonce, .. sealedState, .. tag];
    }

    private static byte[] Seal() => StateSealer.Seal(Mode, s_key, new SealedHeader(s_deployment, Generation, s_recoveryData), s_state);
}
