using MarbleRun.Coordinator.Authority;
using MarbleRun.Coordinator.Recovery;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.State.Sealing;
using MarbleRun.Coordinator.State.Stores;
using MarbleRun.Coordinator.Tests.Authority;
using MarbleRun.Coordinator.Tests.Recovery;
using Microsoft.Extensions.Logging.Abstractions;

namespace MarbleRun.Coordinator.Tests.State;

/// <summary>The blobs of a deployment, and what a start makes of them.</summary>
internal sealed class SealedFiles(byte[] data, byte[] key) : IStateStore
{
    private static readonly MeshAuthority s_authority = MeshAuthorityTests.Create();

    public static ISealingKeyProvider Platform { get; } = new GivenKey(new SealingKey(new byte[SealingKey.Size]));

    public bool IsShared => false;

    public byte[] Data { get; set; } = data;

    public byte[] Key { get; set; } = key;

    /// <summary>What each commit throws.</summary>
    public Exception? Failure { get; set; }

    /// <summary>What each commit of the state throws, after that of its counters.</summary>
    public Exception? FailureOfState { get; set; }

    /// <summary>What a commit that threw was to write.</summary>
    public byte[] Failed { get; private set; } = [];

    /// <summary>By name: the blobs beside the state.</summary>
    public Dictionary<string, byte[]> Beside { get; } = [];

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    /// <summary>A state with a key and recovery data of its own.</summary>
    public static CoordinatorState CreateState(int parties = 2)
    {
        var key = SealingKey.CreateRandom();
        RecoveryKeySet keys = TestParty.KeysOf(0, TestParty.Five.Take(parties));
        return new CoordinatorState
        {
            Generation = 1,
            Authority = s_authority,
            RootSecret = new byte[32],
            Protection = new StateProtection(key, RecoverySecrets.Issue(key, keys).Data.Bytes),
        };
    }

    /// <summary>What is on the disk after that state was saved.</summary>
    public static async Task<SealedFiles> CreateAsync(CoordinatorState? state = null)
    {
        var files = new SealedFiles([], []);
        await files.Open().SaveAsync(state ?? CreateState());
        return files;
    }

    public StateRepository Open(IGenerationGuard? guard = null) =>
        new(this, new KeySealer(Platform), NullLogger<StateRepository>.Instance, guard);

    /// <summary>What a start finds; <c>refused</c> with its message if it cannot start.</summary>
    public async Task<string> StartAsync()
    {
        try
        {
            LoadedState loaded = await Open().LoadAsync(Cancellation);
            return loaded.Opened is not null ? "opened" : loaded.Locked is not null ? "recovery" : "new";
        }
        catch (SealedStateException exception)
        {
            Assert.NotEmpty(exception.Message);
            return "refused";
        }
    }

    public ValueTask<StoredState?> LoadAsync(CancellationToken cancellationToken) =>
        ValueTask.FromResult<StoredState?>(new StoredState(new StateBlobs(Data, Key), new StateVersion("1")));

    public ValueTask<StateVersion?> ReadVersionAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public IAsyncEnumerable<StateVersion?> WatchAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public ValueTask<StateVersion> CommitAsync(StateBlobs blobs, StateVersion? expectedVersion, CancellationToken cancellationToken)
    {
        ThrowIfToFail(blobs.Data, FailureOfState ?? Failure);
        (Data, Key) = (blobs.Data.ToArray(), blobs.Key.ToArray());
        return ValueTask.FromResult(new StateVersion("1"));
    }

    public ValueTask<StoredBlob?> LoadBlobAsync(string name, CancellationToken cancellationToken) =>
        ValueTask.FromResult(Beside.TryGetValue(name, out byte[]? blob) ? new StoredBlob(blob, VersionOf(blob)) : null);

    public ValueTask<StateVersion> CommitBlobAsync(
        string name, ReadOnlyMemory<byte> blob, StateVersion? expectedVersion, CancellationToken cancellationToken)
    {
        ThrowIfToFail(blob, Failure);
        Assert.Equal(expectedVersion, Beside.TryGetValue(name, out byte[]? found) ? VersionOf(found) : null);
        Beside[name] = blob.ToArray();
        return ValueTask.FromResult(VersionOf(Beside[name]));
    }

    private void ThrowIfToFail(ReadOnlyMemory<byte> blob, Exception? failure)
    {
        if (failure is not null)
        {
            Failed = blob.ToArray();
            throw failure;
        }
    }

    private static StateVersion VersionOf(byte[] blob) => new(Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(blob)));

    public ValueTask<string> ArchiveAsync(CancellationToken cancellationToken) => ValueTask.FromResult("archive");

    public ValueTask RemoveAsync(CancellationToken cancellationToken) => ValueTask.CompletedTask;
}
