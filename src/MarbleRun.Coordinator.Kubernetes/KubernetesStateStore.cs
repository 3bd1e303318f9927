using System.Runtime.CompilerServices;
using MarbleRun.Coordinator.State.Stores;

namespace MarbleRun.Coordinator.Kubernetes;

/// <summary>
/// Keeps the state as a head, a Secret which is what a commit swaps, and the Secrets with chunks of the data that it names if they do not
/// fit. The blobs beside it are the same under other names.
/// </summary>
internal sealed class KubernetesStateStore : IStateStore, IAsyncDisposable
{
    private const int MaxKeySize = 64 * 1024;

    private readonly KubernetesCluster _cluster;
    private readonly KubernetesNames _names;
    private readonly KubernetesHeads _heads;
    private readonly KubernetesCollector _collector;
    private readonly KubernetesWriter _writer;
    private readonly KubernetesRemoval _removal;
    private readonly ILogger _logger;

    public KubernetesStateStore(KubernetesStoreOptions options, ILogger<KubernetesStateStore> logger)
    {
        _logger = logger;
        _cluster = new KubernetesCluster(options);
        _names = new KubernetesNames(options.Deployment);
        var chunks = new KubernetesChunks(_cluster, _names, options);
        _heads = new KubernetesHeads(_cluster, chunks, options);
        _collector = new KubernetesCollector(_cluster, _names, logger);
        _writer = new KubernetesWriter(_cluster, _names, _heads, chunks, _collector, options);
        _removal = new KubernetesRemoval(_cluster, _names, _heads, chunks);
    }

    public bool IsShared => true;

    public async ValueTask<StoredState?> LoadAsync(CancellationToken cancellationToken) =>
        await _heads.LoadAsync("the state cannot be read", _names.StateHead, cancellationToken).ConfigureAwait(false) is { } loaded
            ? new StoredState(new StateBlobs(loaded.Data, loaded.Key), loaded.Version)
            : null;

    public async ValueTask<StoredBlob?> LoadBlobAsync(string name, CancellationToken cancellationToken)
    {
        RequireName(name);
        return await _heads.LoadAsync($"the blob '{name}' cannot be read", _names.BlobHead(name), cancellationToken).ConfigureAwait(false)
            is { } loaded
            ? new StoredBlob(loaded.Data, loaded.Version)
            : null;
    }

    public async ValueTask<StateVersion?> ReadVersionAsync(CancellationToken cancellationToken) =>
        (await _heads.ReadAsync("the version of the state cannot be read", _names.StateHead, cancellationToken).ConfigureAwait(false))
        ?.Version.ToStateVersion();

    public ValueTask<StateVersion> CommitAsync(StateBlobs blobs, StateVersion? expectedVersion, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(blobs);
        _heads.RequireSize("state", blobs.Data.Length);
        if (blobs.Key.Length > MaxKeySize)
        {
            throw new StateStoreException(
                $"{_cluster.Name}: the key of the state has {blobs.Key.Length} bytes, and at most {MaxKeySize} are possible.");
        }

        return _writer.CommitAsync(_names.StateHead, blobs.Data, blobs.Key, expectedVersion, cancellationToken);
    }

    public ValueTask<StateVersion> CommitBlobAsync(
        string name, ReadOnlyMemory<byte> blob, StateVersion? expectedVersion, CancellationToken cancellationToken)
    {
        RequireName(name);
        _heads.RequireSize($"blob '{name}'", blob.Length);
        return _writer.CommitAsync(_names.BlobHead(name), blob, key: default, expectedVersion, cancellationToken);
    }

    public async IAsyncEnumerable<StateVersion?> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var watch = new KubernetesWatch(_cluster, _names.StateHead, _logger);
        await using (watch.ConfigureAwait(false))
        {
            while (true)
            {
                yield return (await watch.NextAsync(cancellationToken).ConfigureAwait(false))?.ToStateVersion();
            }
        }
    }

    public async ValueTask<string> ArchiveAsync(CancellationToken cancellationToken)
    {
        var id = Guid.NewGuid();
        await _removal.RunAsync("the state cannot be archived", id, cancellationToken).ConfigureAwait(false);
        return $"{_cluster.Name}, Secret {_names.Archive(id)}";
    }

    public async ValueTask RemoveAsync(CancellationToken cancellationToken) =>
        await _removal.RunAsync("the state cannot be removed", archive: null, cancellationToken).ConfigureAwait(false);

    public async ValueTask DisposeAsync()
    {
        await _collector.DisposeAsync().ConfigureAwait(false);
        _cluster.Dispose();
    }

    private static void RequireName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.Length is 0 or > 64 || name.Any(c => c is not ((>= 'a' and <= 'z') or '_')))
        {
            throw new ArgumentException("The name of a blob is 1 to 64 of 'a' to 'z' and '_'.", nameof(name));
        }
    }
}
