using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.State.Sealing;
using Microsoft.Extensions.Logging;

namespace MarbleRun.Coordinator.Tests.State;

/// <summary>A sealing platform that fails after the change is made: what is made stays made.</summary>
[Trait("Security", "F4")]
public sealed class PlatformTroubleTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(typeof(IOException))]
    [InlineData(typeof(OperationCanceledException))]
    [InlineData(typeof(SealedStateException))]
    public async Task Save_PlatformThrowsWhileTheOldKeyIsDropped_StandsAndTheNextCommitWorks(Type trouble)
    {
        using var logs = new TestSupport.RecordingLogs();
        var platform = new TroubledPlatform();
        var files = new SealedFiles([], []);
        StateRepository repository = Open();
        await repository.SaveAsync(SealedFiles.CreateState());
        int length = files.Key.Length;
        CoordinatorState next = SealedFiles.CreateState() with { Generation = 2 };

        // The first call seals both keys, the second one would seal the new one alone.
        platform.ThrowAt(
            2,
            trouble == typeof(SealedStateException) ? new SealedStateException("no key") : (Exception)Activator.CreateInstance(trouble)!);
        await repository.SaveAsync(next);

        Assert.True(files.Key.Length > length);
        Assert.Contains(logs.Entries, e => e.Contains("OldKeyKept", StringComparison.Ordinal));
        Assert.Equal(2UL, (await Copy().LoadAsync(Cancellation)).Opened?.Generation);

        await repository.SaveAsync(next with { Generation = 3 });
        await repository.SaveAsync(next with { Generation = 4 });
        Assert.Equal(length, files.Key.Length);
        Assert.Equal(4UL, (await Open().LoadAsync(Cancellation)).Opened?.Generation);

        StateRepository Open() => new(files, new KeySealer(platform), logs.CreateLogger<StateRepository>());

        StateRepository Copy() =>
            new(new SealedFiles(files.Data, files.Key), new KeySealer(platform), logs.CreateLogger<StateRepository>());
    }

    [Fact]
    public async Task Save_PlatformThrowsBeforeTheChange_LeavesTheOldStateAndTheNextSaveWorks()
    {
        using var logs = new TestSupport.RecordingLogs();
        var platform = new TroubledPlatform();
        var files = new SealedFiles([], []);
        var repository = new StateRepository(files, new KeySealer(platform), logs.CreateLogger<StateRepository>());
        CoordinatorState first = SealedFiles.CreateState();
        await repository.SaveAsync(first);
        (byte[] data, byte[] key) = (files.Data, files.Key);
        CoordinatorState next = SealedFiles.CreateState() with { Generation = 2 };

        platform.ThrowAt(1, new IOException("no device"));
        await Assert.ThrowsAsync<IOException>(() => repository.SaveAsync(next));

        Assert.Equal((data, key), (files.Data, files.Key));
        await repository.SaveAsync(first with { Generation = 2 });
        await repository.SaveAsync(next with { Generation = 3 });
        Assert.Equal(
            3UL,
            (await new StateRepository(files, new KeySealer(platform), logs.CreateLogger<StateRepository>())
                .LoadAsync(Cancellation)).Opened?.Generation);
    }

    private sealed class TroubledPlatform : ISealingKeyProvider
    {
        private int _remaining;
        private Exception? _trouble;

        public string Mode => "hardware";

        /// <summary>The call of this number from here on fails, once.</summary>
        public void ThrowAt(int call, Exception trouble) => (_remaining, _trouble) = (call, trouble);

        public ValueTask<SealingKey> GetKeyAsync(SealingPolicy policy, CancellationToken cancellationToken) =>
            _trouble is { } trouble && --_remaining == 0 ? throw trouble : ValueTask.FromResult(new SealingKey(new byte[SealingKey.Size]));
    }
}
