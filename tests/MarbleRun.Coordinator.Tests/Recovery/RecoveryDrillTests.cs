using System.Security.Cryptography;
using MarbleRun.Coordinator.Recovery;
using MarbleRun.Coordinator.State.Sealing;

namespace MarbleRun.Coordinator.Tests.Recovery;

/// <summary>Whole recoveries, as parties go through them: the state and its data came to a machine that has no key for them.</summary>
public sealed class RecoveryDrillTests
{
    private static TestParty[] Five => [.. TestParty.Five];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Security", "F1")]
    public async Task Drill_ThreeOfFiveWithEveryMistake_EndsWithTheState()
    {
        SealedDeployment deployment = await SealedDeployment.CreateAsync(3, Five);
        SealedDeployment foreign = await SealedDeployment.CreateAsync(3, Five);
        var state = new WaitingState(deployment.Blob);
        using RecoverySession session = deployment.Open(state);

        Assert.Equal(2, (await deployment.SubmitAsync(session, Five[4])).Remaining);
        await RefusedAsync(RecoveryFailure.UnknownSecret, foreign.SubmitAsync(session, Five[1]));
        await RefusedAsync(RecoveryFailure.AlreadyGiven, deployment.SubmitAsync(session, Five[4]));
        await RefusedAsync(RecoveryFailure.UnknownSecret, WithAFlippedBitAsync(session, deployment, Five[0]));
        Assert.Equal(1, (await deployment.SubmitAsync(session, Five[1])).Remaining);
        byte[] first = deployment.Shares["party 1"];
        await RefusedAsync(RecoveryFailure.NotSigned, session.SubmitAsync(first, Five[3].Sign(first), Cancellation));
        await RefusedAsync(RecoveryFailure.UnknownSecret, foreign.SubmitAsync(session, Five[0]));
        await RefusedAsync(RecoveryFailure.AlreadyGiven, deployment.SubmitAsync(session, Five[1]));
        Assert.Equal(0, state.Openings);
        Assert.Equal(0, (await deployment.SubmitAsync(session, Five[0])).Remaining);

        Assert.Equal(5, state.Adopted!.Keys.Length);
    }

    [Fact]
    public async Task Drill_AnyThreeInAnyOrder_EndWithTheState()
    {
        SealedDeployment deployment = await SealedDeployment.CreateAsync(3, Five);
        byte[][] signatures = [.. Five.Select(p => p.Sign(deployment.Shares[p.Name]))];
        foreach (int[] order in ThreeOfFive.All)
        {
            var state = new WaitingState(deployment.Blob);
            using RecoverySession session = deployment.Open(state);
            foreach (int i in order)
            {
                await session.SubmitAsync(deployment.Shares[Five[i].Name], signatures[i], Cancellation);
            }

            Assert.NotNull(state.Adopted);
        }
    }

    [Fact]
    [Trait("Security", "F8")]
    public async Task Drill_OnAnotherMachine_GivesTheKeyThatThatMachineCanSealForItself()
    {
        // The state is sealed with its own key, and that key for the machine; only the parties' shares leave the machine.
        using var oldMachine = new SealingKey(RandomNumberGenerator.GetBytes(SealingKey.Size));
        using var newMachine = new SealingKey(RandomNumberGenerator.GetBytes(SealingKey.Size));
        using var stateKey = new SealingKey(RandomNumberGenerator.GetBytes(SealingKey.Size));
        SealedDeployment deployment = await SealedDeployment.CreateAsync(stateKey, 3, Five);
        byte[] sealedForTheOld = await new KeySealer(new GivenKey(oldMachine)).SealAsync(
            SealingPolicy.ProductKey, [stateKey], Cancellation);
        await Assert.ThrowsAsync<UnsealableKeyException>(
            async () => await new KeySealer(new GivenKey(newMachine)).OpenAsync(sealedForTheOld, Cancellation));
        var machine = new Machine(new WaitingState(deployment.Blob), newMachine);
        using var session = new RecoverySession(RecoveryData.Read(deployment.Data), machine);

        foreach (TestParty party in Five[1..4])
        {
            await deployment.SubmitAsync(session, party);
        }

        using SealingKey opened = Assert.Single(
            (await new KeySealer(new GivenKey(newMachine)).OpenAsync(machine.SealedKey, Cancellation)).Keys);
        Assert.True(stateKey.Bytes.SequenceEqual(opened.Bytes));
    }

    [Fact]
    [Trait("Security", "F1")]
    public async Task Drill_AfterAnUpdateThatChangedTheKeys_TakesTheNewSecretsAlone()
    {
        SealedDeployment before = await SealedDeployment.CreateAsync(3, Five);
        SealedDeployment after = await SealedDeployment.CreateAsync(2, Five[1..]);
        var state = new WaitingState(after.Blob);
        using RecoverySession session = after.Open(state);

        foreach (TestParty party in Five)
        {
            await RefusedAsync(RecoveryFailure.UnknownSecret, before.SubmitAsync(session, party));
        }

        Assert.Equal(1, (await after.SubmitAsync(session, Five[3])).Remaining);
        Assert.Equal(0, (await after.SubmitAsync(session, Five[1])).Remaining);
        Assert.Equal(4, state.Adopted!.Keys.Length);
    }

    [Fact]
    public async Task Drill_CoordinatorStartedAgainHalfway_BeginsAnew()
    {
        SealedDeployment deployment = await SealedDeployment.CreateAsync(0, Five[..2]);
        using (RecoverySession first = deployment.Open())
        {
            await deployment.SubmitAsync(first, Five[0]);
        }

        using RecoverySession second = deployment.Open();

        Assert.Equal(1, (await deployment.SubmitAsync(second, Five[1])).Remaining);
        Assert.Equal(0, (await deployment.SubmitAsync(second, Five[0])).Remaining);
    }

    private static async Task RefusedAsync(RecoveryFailure failure, Task<RecoveryProgress> call) =>
        Assert.Equal(failure, (await Assert.ThrowsAsync<RecoveryException>(() => call)).Failure);

    private static Task<RecoveryProgress> WithAFlippedBitAsync(RecoverySession session, SealedDeployment deployment, TestParty party)
    {
        byte[] share = [.. deployment.Shares[party.Name]];
        share[7] ^= 0x10;
        return session.SubmitAsync(share, party.Sign(share), Cancellation);
    }

    /// <summary>A machine that seals the recovered key for itself.</summary>
    private sealed class Machine(WaitingState state, SealingKey machineKey) : IRecoverableState
    {
        public byte[] SealedKey { get; private set; } = [];

        public ValueTask<string?> FindObstacleAsync(CancellationToken cancellationToken) => ValueTask.FromResult<string?>(null);

        public Task<RecoveryKeySet> OpenAsync(SealingKey key, CancellationToken cancellationToken) =>
            state.OpenAsync(key, cancellationToken);

        public async Task AdoptAsync(SealingKey key) =>
            SealedKey = await new KeySealer(new GivenKey(machineKey)).SealAsync(SealingPolicy.ProductKey, [key], Cancellation);
    }
}
