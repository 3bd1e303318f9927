using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.State.Changes;
using MarbleRun.Coordinator.State.Sealing;
using MarbleRun.Coordinator.State.Stores;
using MarbleRun.Coordinator.Tests.Manifests;
using MarbleRun.Coordinator.Tests.Recovery;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace MarbleRun.Coordinator.Tests.State;

/// <summary>What a generation guard notices beyond files that are older than it knows, and what happens when it fails.</summary>
[Trait("Security", "F3")]
public sealed class GenerationGuardTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Load_UnansweredTwinOfTheSameNumberPutBackLater_IsRefused()
    {
        var guard = new MemoryGuard();
        var files = new SealedFiles([], []);
        await files.Open(guard).SaveAsync(SealedFiles.CreateState());
        byte[] before = files.Data;
        StateRepository dying = files.Open(guard);
        CoordinatorState state = (await dying.LoadAsync(Cancellation)).Opened!;
        before = files.Data;

        // Durable, but not reported: the process died before the guard knew.
        guard.Failure = new StateStoreException("no answer");
        Assert.True(
            (await Assert.ThrowsAsync<StateStoreException>(
                () => dying.SaveAsync(state with { Generation = state.Generation + 1 }))).IsOutcomeUnknown);
        byte[] twin = files.Data;
        guard.Failure = null;

        // The host puts the state before it back, and something else is answered; then the twin comes.
        files.Data = before;
        StateRepository next = files.Open(guard);
        CoordinatorState opened = (await next.LoadAsync(Cancellation)).Opened!;
        await next.SaveAsync(opened with { Generation = opened.Generation + 1 });
        files.Data = twin;

        SealedStateException refused = await Assert.ThrowsAsync<SealedStateException>(() => files.Open(guard).LoadAsync(Cancellation));
        Assert.Contains("rolled back", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Load_WhatACommitThatFailedWrote_PutBackLater_IsRefused()
    {
        var guard = new MemoryGuard();
        var files = new SealedFiles([], []);
        StateRepository repository = files.Open(guard);
        CoordinatorState state = await repository.SaveAsync(SealedFiles.CreateState());
        files.Failure = new StateStoreException("disk full");
        await Assert.ThrowsAsync<StateStoreException>(() => repository.SaveAsync(state with { Generation = 2 }));
        files.Failure = null;

        // A writer of the folder kept what never came to its place.
        byte[] failed = files.Failed;
        await repository.SaveAsync(state with { Generation = 2, Counters = state.Counters.Raise("t:u:n", 1) });
        byte[] answered = files.Data;
        files.Data = failed;

        SealedStateException refused = await Assert.ThrowsAsync<SealedStateException>(() => files.Open(guard).LoadAsync(Cancellation));
        Assert.Contains("another one of this number was found", refused.Message, StringComparison.Ordinal);
        files.Data = answered;
        Assert.NotNull((await files.Open(guard).LoadAsync(Cancellation)).Opened);
    }

    [Fact]
    public async Task Load_GuardThatRemembersNumbersAlone_ComparesThem()
    {
        var guard = new MemoryGuard();
        var files = new SealedFiles([], []);
        StateRepository repository = files.Open(guard);
        CoordinatorState state = await repository.SaveAsync(SealedFiles.CreateState());
        byte[] first = files.Data;
        await repository.SaveAsync(state with { Generation = 2 });

        guard.Newest = new GuardedGenerations(new GuardedGeneration(2, null), default);
        Assert.NotNull((await files.Open(guard).LoadAsync(Cancellation)).Opened);
        files.Data = first;
        await Assert.ThrowsAsync<SealedStateException>(() => files.Open(guard).LoadAsync(Cancellation));
    }

    [Fact]
    public async Task Load_UnansweredChangeItself_IsTakenAndCountsOn()
    {
        var guard = new MemoryGuard();
        var files = new SealedFiles([], []);
        StateRepository dying = files.Open(guard);
        await dying.SaveAsync(SealedFiles.CreateState());
        guard.Failure = new StateStoreException("no answer");
        await Assert.ThrowsAsync<StateStoreException>(() => dying.SaveAsync(SealedFiles.CreateState() with { Generation = 2 }));
        guard.Failure = null;

        CoordinatorState opened = (await files.Open(guard).LoadAsync(Cancellation)).Opened!;

        Assert.Equal((3UL, 3UL), (opened.Generation, guard.Newest.State.Number));
    }

    [Fact]
    public async Task Save_AnotherCoordinatorOnACopy_IsNoticedByTheOneThatIsLate()
    {
        using var elsewhere = new TemporaryDirectory();
        var files = new SealedFiles([], []);
        await files.Open(Guard()).SaveAsync(SealedFiles.CreateState());
        StateRepository first = files.Open(Guard());
        CoordinatorState state = (await first.LoadAsync(Cancellation)).Opened!;

        var copy = new SealedFiles(files.Data, files.Key);
        StateRepository second = copy.Open(Guard());
        CoordinatorState fork = (await second.LoadAsync(Cancellation)).Opened!;

        StateStoreException noticed = await Assert.ThrowsAsync<StateStoreException>(
            () => first.SaveAsync(state with { Generation = state.Generation + 1 }));
        Assert.True(noticed.IsOutcomeUnknown);
        Assert.Contains("another Coordinator uses it", noticed.InnerException!.Message, StringComparison.Ordinal);
        await second.SaveAsync(fork with { Generation = fork.Generation + 1 });

        FileGenerationGuard Guard() => new(elsewhere.File("generation"), new FileOperations());
    }

    [Fact]
    public async Task Start_GuardFileMissing_IsRefusedUntilItIsBackOrGivenUp()
    {
        using var elsewhere = new TemporaryDirectory();
        (string, string) guard = ("GenerationGuardPath", elsewhere.File("generation"));
        await using MeshToRecover mesh = await MeshToRecover.StartAsync(1, settings: guard);
        await mesh.RestartAsync(null, guard);
        byte[] known = await File.ReadAllBytesAsync(elsewhere.File("generation"), Cancellation);

        SealedStateException refused = await Assert.ThrowsAsync<SealedStateException>(
            () => mesh.RestartAsync(() => File.Delete(elsewhere.File("generation")), guard));
        Assert.Contains("the guard knows no generation", refused.Message, StringComparison.Ordinal);
        await mesh.RestartAsync(() => File.WriteAllBytes(elsewhere.File("generation"), known), guard);
        Assert.Equal(3, await mesh.GetStatusCodeAsync());
        Assert.DoesNotContain(mesh.Host.Logs.Entries, e => e.Contains("GuardMissing", StringComparison.Ordinal));

        // As the refusal says: one start without it, and the guard starts afresh.
        await mesh.RestartAsync(() => File.Delete(elsewhere.File("generation")));
        Assert.Contains(
            mesh.Host.Logs.Entries,
            e => e.StartsWith("Warning", StringComparison.Ordinal) && e.Contains("GuardMissing", StringComparison.Ordinal));
        await mesh.RestartAsync(null, guard);
        Assert.Equal((3, true), (await mesh.GetStatusCodeAsync(), File.Exists(elsewhere.File("generation"))));
    }

    [Theory]
    [InlineData(typeof(InvalidOperationException))]
    [InlineData(typeof(OperationCanceledException))]
    [InlineData(typeof(StateStoreException))]
    public async Task Change_GuardThatThrows_StopsTheHostAndTheNextStartGoesOnWithTheChange(Type failure)
    {
        var guard = new MemoryGuard();
        await using GovernedMesh mesh = await GovernedMesh.StartAsync(configure: s => s.AddSingleton<IGenerationGuard>(guard));
        CoordinatorState before = mesh.State;
        StateWriter writer = mesh.Host.Services.GetRequiredService<StateWriter>();
        guard.Failure = failure == typeof(StateStoreException)
            ? new StateStoreException("broken")
            : (Exception)Activator.CreateInstance(failure)!;

        StateStoreException unknown = await Assert.ThrowsAsync<StateStoreException>(() => ChangeAsync());

        Assert.True(unknown.IsOutcomeUnknown);
        Assert.IsType(failure, unknown.InnerException);
        Assert.True(mesh.Host.Services.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping.IsCancellationRequested);
        Assert.Same(before, mesh.State);
        guard.Failure = null;
        await Assert.ThrowsAsync<StateStoreException>(() => ChangeAsync());

        await mesh.RestartAsync();
        Assert.Equal(7UL, mesh.State.Counters.Values["kept"]);
        Assert.Equal((mesh.State.Generation, mesh.State.Counters.Generation), (guard.Newest.State.Number, guard.Newest.Counters.Number));

        Task<bool> ChangeAsync() => writer.ChangeAsync(s => (s with { Counters = s.Counters.Raise("kept", 7) }, true), Cancellation);
    }
}
