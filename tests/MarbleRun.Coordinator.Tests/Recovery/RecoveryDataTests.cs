using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using MarbleRun.Coordinator.Recovery;
using MarbleRun.Coordinator.State.Sealing;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Checks;

namespace MarbleRun.Coordinator.Tests.Recovery;

public sealed class RecoveryDataTests : IDisposable
{
    private readonly SealingKey _key = new(RandomNumberGenerator.GetBytes(SealingKey.Size));

    public void Dispose() => _key.Dispose();

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, 0)]
    [InlineData(2, 0)]
    [InlineData(5, 3)]
    public void Read_WhatWasWritten_GivesTheSame(int parties, int threshold)
    {
        RecoveryData written = Issue(threshold, [.. TestParty.Five.Take(parties)]);

        var read = RecoveryData.Read(written.Bytes.Span);

        Assert.True(read.IsAuthenticatedBy(_key));
        Assert.Equal(threshold == 0 ? parties : threshold, read.Threshold);
        Assert.Equal(TestParty.Five.Take(parties).Select(p => p.Name), read.Parties.Select(p => p.Name));
        Assert.Equal(
            TestParty.Five.Take(parties).Select(p => p.Key.ExportSubjectPublicKeyInfo()),
            read.Parties.Select(p => p.Key.SubjectPublicKeyInfo.ToArray()));
        Assert.Equal(written.Parties.Select(p => p.Commitment.ToArray()), read.Parties.Select(p => p.Commitment.ToArray()));
    }

    /// <summary>The layout is taken apart by hand, and the tag computed by other means.</summary>
    [Fact]
    public void Bytes_OfTwoParties_AreLaidOutAsDocumented()
    {
        byte[] bytes = Issue(0, TestParty.Five[0], TestParty.Five[1]).Bytes.ToArray();
        byte[] der = TestParty.Five[0].Key.ExportSubjectPublicKeyInfo();

        Assert.Equal("MRRECOVR"u8.ToArray(), bytes[..8]);
        Assert.Equal([1, 0, 2, 2], bytes[8..12]);
        Assert.Equal([7, 0, .. Encoding.UTF8.GetBytes("party 1")], bytes[12..21]);
        Assert.Equal(der.Length, BinaryPrimitives.ReadUInt16LittleEndian(bytes.AsSpan(21)));
        Assert.Equal(der, bytes[23..(23 + der.Length)]);
        Assert.Equal(12 + (2 * (2 + 7 + 2 + der.Length + 32)) + 32, bytes.Length);

        // The first block of HKDF-Expand (RFC 5869, 2.3) is all there is of it.
        byte[] tagKey = HMACSHA256.HashData(_key.Bytes, [.. "MarbleRun recovery data v1"u8, 1]);
        Assert.Equal(HMACSHA256.HashData(tagKey, bytes[..^32]), bytes[^32..]);
    }

    [Fact]
    public void Commitment_OfAShare_IsTheHashThatIsDocumented()
    {
        byte[] share = RandomNumberGenerator.GetBytes(33);

        Assert.Equal(SHA256.HashData([.. "MarbleRun recovery share v1"u8, .. share]), RecoveryParty.Commit(share));
    }

    [Fact]
    [Trait("Security", "F3")]
    public void Read_AnySingleBitFlipped_IsRefusedOrNotAuthentic()
    {
        byte[] bytes = Issue(0, TestParty.Five[0]).Bytes.ToArray();
        for (int bit = 0; bit < bytes.Length * 8; bit++)
        {
            byte[] flipped = [.. bytes];
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));

            Assert.False(IsAuthentic(flipped), $"bit {bit}");
        }
    }

    [Fact]
    [Trait("Security", "F3")]
    public void Read_CutAnywhereOrLonger_IsRefusedWithAMessage()
    {
        byte[] bytes = Issue(0, TestParty.Five[0], TestParty.Five[1]).Bytes.ToArray();
        for (int length = 0; length < bytes.Length; length++)
        {
            RecoveryException exception = Assert.Throws<RecoveryException>(() => RecoveryData.Read(bytes.AsSpan(0, length)));
            Assert.Equal(RecoveryFailure.DamagedData, exception.Failure);
        }

        Assert.Throws<RecoveryException>(() => RecoveryData.Read([.. bytes, 0]));
    }

    [Theory]
    [InlineData(10, 1)]
    [InlineData(10, 4)]
    [InlineData(11, 0)]
    [InlineData(11, 255)]
    public void Read_ImpossibleNumbers_AreRefused(int offset, byte value)
    {
        byte[] bytes = Issue(2, [.. TestParty.Five.Take(3)]).Bytes.ToArray();
        bytes[offset] = value;

        Assert.Throws<RecoveryException>(() => RecoveryData.Read(bytes));
    }

    [Fact]
    public void IsFor_SameKeysWrittenOtherwise_IsTrueAndNothingElseIs()
    {
        TestParty[] three = [.. TestParty.Five.Take(3)];
        RecoveryData all = Issue(0, three);
        Manifest manifest = TestParty.ParseManifestOf(0, three);
        manifest = manifest with { RecoveryKeys = manifest.RecoveryKeys.SetItem("party 1", manifest.RecoveryKeys["party 1"] + "\n") };

        Assert.True(all.IsFor(Keys(0, three)));
        Assert.True(all.IsFor(Keys(3, three)));
        Assert.True(all.IsFor(RecoveryKeySet.From(ManifestChecker.Check(manifest))));
        Assert.False(all.IsFor(Keys(2, three)));
        Assert.False(all.IsFor(Keys(0, three[..2])));
        Assert.False(all.IsFor(Keys(0, TestParty.Five[0], TestParty.Five[1], TestParty.Five[3])));
        Assert.False(Issue(0).IsFor(Keys(0, three[..1])));
    }

    private static RecoveryKeySet Keys(int threshold, params TestParty[] parties) =>
        TestParty.KeysOf(threshold, parties);

    private RecoveryData Issue(int threshold, params TestParty[] parties) => RecoverySecrets.Issue(_key, Keys(threshold, parties)).Data;

    private bool IsAuthentic(byte[] bytes)
    {
        try
        {
            return RecoveryData.Read(bytes).IsAuthenticatedBy(_key);
        }
        catch (RecoveryException)
        {
            return false;
        }
    }
}
