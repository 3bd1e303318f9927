using System.Net;
using System.Reflection;
using MarbleRun.Coordinator.Limits;
using MarbleRun.Coordinator.Recovery;
using MarbleRun.Coordinator.State.Sealing;
using MarbleRun.Manifests;
using Microsoft.Extensions.DependencyInjection;

namespace MarbleRun.Coordinator.Tests.Recovery;

/// <summary>Unauthenticated callers who keep the places of encrypted secrets, and shares that are no longer needed.</summary>
[Trait("Security", "F1")]
public sealed class RecoveryPlacesTests
{
    private static TestParty[] Five => [.. TestParty.Five];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    [Trait("Security", "G2")]
    public async Task Submit_WhileTheTurnIsHeld_RefusesUnauthenticatedCallersAtOnceAndGenuineOnesWait()
    {
        SealedDeployment deployment = await SealedDeployment.CreateAsync(2, Five[..3]);
        var state = new HeldState();
        using var session = new RecoverySession(RecoveryData.Read(deployment.Data), state);
        await deployment.SubmitAsync(session, Five[0]);

        // The second one holds the turn, and in the end the state cannot be opened: the secret may be sent again.
        Task<RecoveryProgress> second = deployment.SubmitAsync(session, Five[1]);
        await state.Opening.Task.WaitAsync(Cancellation);
        for (int i = 0; i < 100; i++)
        {
            RecoveryException encrypted = await Assert.ThrowsAsync<RecoveryException>(
                () => session.SubmitAsync(new byte[512], new byte[256], Cancellation));
            RecoveryException plain = await Assert.ThrowsAsync<RecoveryException>(
                () => session.SubmitAsync(new byte[33], new byte[256], Cancellation));
            RecoveryException copied = await Assert.ThrowsAsync<RecoveryException>(
                () => session.SubmitAsync(deployment.Shares[Five[2].Name], new byte[256], Cancellation));
            Assert.Equal(
                (RecoveryFailure.NotDecrypted, RecoveryFailure.UnknownSecret, RecoveryFailure.NotSigned),
                (encrypted.Failure, plain.Failure, copied.Failure));
        }

        Task<RecoveryProgress> third = deployment.SubmitAsync(session, Five[2]);
        Assert.False(third.IsCompleted);
        state.Parties = TestParty.KeysOf(2, Five[..3]);
        state.GoOn.SetException(new SealedStateException("no device"));
        await Assert.ThrowsAsync<SealedStateException>(() => second);
        Assert.Equal(0, (await third).Remaining);
    }

    [Fact]
    [Trait("Security", "G2")]
    public void Places_OfOneAddressAllTaken_LeaveThoseOfOthers()
    {
        var places = new CallPlaces(3, 2);
        CallerAddress one = CallerAddress.Of(IPAddress.Parse("10.0.0.1"));
        CallerAddress other = CallerAddress.Of(IPAddress.Parse("10.0.0.2"));

        Assert.Equal(
            [PlaceOutcome.Taken, PlaceOutcome.Taken, PlaceOutcome.CallerFull],
            new[] { places.TryTake(one), places.TryTake(one), places.TryTake(one) });
        Assert.Equal(
            [PlaceOutcome.Taken, PlaceOutcome.AllFull, PlaceOutcome.AllFull],
            new[] { places.TryTake(other), places.TryTake(other), places.TryTake(one) });
        places.Leave(one);
        Assert.Equal([PlaceOutcome.Taken, PlaceOutcome.AllFull], new[] { places.TryTake(other), places.TryTake(one) });
        places.Leave(other);
        places.Leave(other);
        places.Leave(one);
        Assert.Equal(
            [PlaceOutcome.Taken, PlaceOutcome.Taken, PlaceOutcome.CallerFull],
            new[] { places.TryTake(one), places.TryTake(one), places.TryTake(one) });
    }

    [Fact]
    [Trait("Security", "G2")]
    public async Task Submit_AfterEncryptedSecretsWereRefused_HasTheirPlacesAgain()
    {
        SealedDeployment deployment = await SealedDeployment.CreateAsync(0, Five[..1]);
        using RecoverySession session = deployment.Open();
        for (int i = 0; i < 100; i++)
        {
            RecoveryException refused = await Assert.ThrowsAsync<RecoveryException>(
                () => session.SubmitAsync(new byte[512], new byte[256], Cancellation));
            Assert.Equal(RecoveryFailure.NotDecrypted, refused.Failure);
        }

        Assert.Equal(0, (await deployment.SubmitAsync(session, Five[0])).Remaining);
    }

    [Fact]
    [Trait("Security", "E7")]
    public async Task BeginAfresh_WithSharesThatWereGiven_WipesThemAtOnce()
    {
        await using MeshToRecover mesh = await MeshToRecover.StartAsync(2);
        await mesh.RestartAsync(() => File.WriteAllBytes(mesh.Folder.File(MeshToRecover.KeyName), [1]), ("StartAfresh", "true"));
        Assert.Equal(HttpStatusCode.OK, (await mesh.SubmitAsync(mesh.Parties[0])).Status);
        byte[]?[] shares = SharesOf(mesh);
        byte[] share = Assert.Single(shares, s => s is not null)!;
        Assert.Equal(mesh.Shares[mesh.Parties[0].Name], share);

        (HttpStatusCode status, string body) = await mesh.PostAsync(
            "/api/v2/manifest", new { manifest = GovernedManifest.Create(mesh.Host, mesh.Admin, 0, []) });

        Assert.True(status == HttpStatusCode.OK, body);
        Assert.All(shares, Assert.Null);
        Assert.All(share, b => Assert.Equal(0, b));
        WireRecoveryTests.Refused(500, "error", "server is not in expected state", await mesh.SubmitAsync(mesh.Parties[1]));
    }

    [Fact]
    public async Task End_WhileASecretIsProcessed_WaitsForItAndTakesNoMore()
    {
        SealedDeployment deployment = await SealedDeployment.CreateAsync(0, Five[..1]);
        var state = new HeldState();
        using var session = new RecoverySession(RecoveryData.Read(deployment.Data), state);
        Task<RecoveryProgress> running = deployment.SubmitAsync(session, Five[0]);
        await state.Opening.Task.WaitAsync(Cancellation);

        Task end = session.EndAsync();
        Assert.False(end.IsCompleted);
        state.GoOn.SetException(new SealedStateException("no device"));

        await Assert.ThrowsAsync<SealedStateException>(() => running);
        await end;
        Assert.Equal(
            RecoveryFailure.NotInRecovery,
            (await Assert.ThrowsAsync<RecoveryException>(() => deployment.SubmitAsync(session, Five[0]))).Failure);
        await session.EndAsync();
    }

    /// <summary>There is no other way to see that memory is wiped.</summary>
    private static byte[]?[] SharesOf(MeshToRecover mesh)
    {
        object session = Member(mesh.Host.Services.GetRequiredService<RecoveryService>(), "_session");
        return (byte[]?[])Member(session, "_shares");
    }

    private static object Member(object owner, string name) =>
        owner.GetType().GetField(name, BindingFlags.Instance | BindingFlags.NonPublic)!.GetValue(owner)!;

    private sealed class HeldState : IRecoverableState
    {
        public TaskCompletionSource Opening { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource GoOn { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>What the state holds for a later opening.</summary>
        public RecoveryKeySet? Parties { get; set; }

        public ValueTask<string?> FindObstacleAsync(CancellationToken cancellationToken) => ValueTask.FromResult<string?>(null);

        public async Task<RecoveryKeySet> OpenAsync(SealingKey key, CancellationToken cancellationToken)
        {
            if (Opening.TrySetResult())
            {
                await GoOn.Task;
            }

            return Parties!;
        }

        public Task AdoptAsync(SealingKey key) => Task.CompletedTask;
    }
}
