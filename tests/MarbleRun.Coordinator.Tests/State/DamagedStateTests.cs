using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.State.Sealing;

namespace MarbleRun.Coordinator.Tests.State;

/// <summary>A start with files that somebody changed: it is refused or asks for recovery, and never opens or starts afresh.</summary>
[Trait("Security", "F3")]
public sealed class DamagedStateTests
{
    /// <remarks>Parties make each start longer; all that they add is before the ciphertext.</remarks>
    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    public async Task Start_AnySingleBitOfTheDataFlipped_IsRefusedOrRecovery(int parties)
    {
        CoordinatorState state = SealedFiles.CreateState(parties);
        SealedFiles files = await SealedFiles.CreateAsync(state);
        byte[] good = files.Data;
        int end = parties == 0
            ? good.Length
            : good.AsSpan().IndexOf(state.Protection.RecoveryData.Span) + state.Protection.RecoveryData.Length + 12;
        Assert.Equal("opened", await files.StartAsync());
        var found = new HashSet<string>();
        for (int bit = 0; bit < end * 8; bit++)
        {
            files.Data = [.. good];
            files.Data[bit / 8] ^= (byte)(1 << (bit % 8));
            found.Add(await files.StartAsync());
        }

        Assert.Subset(new HashSet<string> { "refused", "recovery" }, found);
        Assert.Contains("refused", found);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Start_AnySingleBitOfTheKeyFlipped_IsRecovery(bool whileItChanges)
    {
        CoordinatorState state = SealedFiles.CreateState();
        SealedFiles files = await SealedFiles.CreateAsync(state);
        if (whileItChanges)
        {
            files.Key = await new KeySealer(SealedFiles.Platform).SealAsync(
                SealingPolicy.ProductKey, [state.Protection.Key, SealingKey.CreateRandom()], TestContext.Current.CancellationToken);
            Assert.Equal("opened", await files.StartAsync());
        }

        byte[] good = files.Key;
        for (int bit = 0; bit < good.Length * 8; bit++)
        {
            files.Key = [.. good];
            files.Key[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.Equal("recovery", await files.StartAsync());
        }
    }

    [Fact]
    public async Task Start_FileCutOffAnywhereOrLonger_IsRefusedOrRecovery()
    {
        SealedFiles files = await SealedFiles.CreateAsync();
        (byte[] data, byte[] key) = (files.Data, files.Key);
        for (int length = 0; length <= data.Length + 1; length++)
        {
            files.Data = [.. data.Concat(new byte[2]).Take(length)];
            Assert.Equal(length == data.Length ? "opened" : "refused", await files.StartAsync());
        }

        files.Data = data;
        for (int length = 0; length <= key.Length + 1; length++)
        {
            files.Key = [.. key.Concat(new byte[2]).Take(length)];
            Assert.Equal(length == key.Length ? "opened" : "recovery", await files.StartAsync());
        }
    }

    [Fact]
    public async Task Start_KeyOfAnotherDeploymentOrOfAnOlderGeneration_IsRecovery()
    {
        SealedFiles files = await SealedFiles.CreateAsync();
        SealedFiles other = await SealedFiles.CreateAsync();

        files.Key = other.Key;

        Assert.Equal("recovery", await files.StartAsync());
    }

    [Fact]
    public async Task Start_KeyAndDataThatBelongTogetherOfAnotherDeployment_Opens()
    {
        // A writer of the folder can put back anything that was sealed here: only a generation guard detects it.
        SealedFiles other = await SealedFiles.CreateAsync();

        Assert.Equal("opened", await new SealedFiles(other.Data, other.Key).StartAsync());
    }

    [Fact]
    public async Task Start_RecoveryDataOfAnotherDeploymentUnderTheData_IsRefusedOrRecovery()
    {
        CoordinatorState state = SealedFiles.CreateState();
        SealedFiles files = await SealedFiles.CreateAsync(state);
        CoordinatorState other = SealedFiles.CreateState();
        Assert.Equal(state.Protection.RecoveryData.Length, other.Protection.RecoveryData.Length);
        int start = files.Data.AsSpan().IndexOf(state.Protection.RecoveryData.Span);

        other.Protection.RecoveryData.Span.CopyTo(files.Data.AsSpan(start));

        Assert.Contains(await files.StartAsync(), (string[])["refused", "recovery"]);
    }
}
