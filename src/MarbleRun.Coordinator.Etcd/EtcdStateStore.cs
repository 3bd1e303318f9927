using System.Runtime.CompilerServices;
using MarbleRun.Coordinator.Etcd.Protos;
using MarbleRun.Coordinator.State.Stores;

namespace MarbleRun.Coordinator.Etcd;

/// <summary>
/// Keeps the state as a head, which is what a commit swaps, and the chunks that it names. The blobs beside it are the same under other
/// keys.
/// </summary>
internal sealed class EtcdStateStore : IStateStore, IDisposable
{
    private const int MaxKeySize = 64 * 1024;

    private readonly EtcdStoreOptions _options;
    private readonly EtcdCluster _cluster;
    private readonly EtcdKeys _keys;
    private readonly EtcdWriter _writer;
    private readonly ILogger _logger;

    public EtcdStateStore(EtcdStoreOptions options, ILogger<EtcdStateStore> logger)
    {
        (_options, _logger) = (options, logger);
        _cluster = new EtcdCluster(options);
        _keys = new EtcdKeys(options);
        _writer = new EtcdWriter(_cluster, _keys, options);
        Audit = new EtcdAuditStore(_cluster, _keys, options);
    }

    public bool IsShared => true;

    /// <summary>The audit trails, over the same connections.</summary>
    public EtcdAuditStore Audit { get; }

    public async ValueTask<StoredState?> LoadAsync(CancellationToken cancellationToken) =>
        await LoadAsync("the state cannot be read", _keys.StateHead, cancellationToken).ConfigureAwait(false) is { } loaded
            ? new StoredState(new StateBlobs(loaded.Data, loaded.Key), loaded.Version)
            : null;

    public async ValueTask<StoredBlob?> LoadBlobAsync(string name, CancellationToken cancellationToken)
    {
        RequireName(name);
        return await LoadAsync($"the blob '{name}' cannot be read", _keys.BlobHead(name), cancellationToken).ConfigureAwait(false)
            is { } loaded
            ? new StoredBlob(loaded.Data, loaded.Version)
            : null;
    }

    public async ValueTask<StateVersion?> ReadVersionAsync(CancellationToken cancellationToken) =>
        (await _writer.ReadHeadAsync("the version of the state cannot be read", _keys.StateHead, cancellationToken).ConfigureAwait(false))
        .Head?.Version.ToStateVersion();

    public ValueTask<StateVersion> CommitAsync(StateBlobs blobs, StateVersion? expectedVersion, CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(blobs);
        RequireSize("state", blobs.Data.Length, _options.MaxBlobSize);
        RequireSize("key of the state", blobs.Key.Length, MaxKeySize);
        return _writer.CommitAsync(_keys.StateHead, blobs.Data, blobs.Key, expectedVersion, cancellationToken);
    }

    public ValueTask<StateVersion> CommitBlobAsync(
        string name, ReadOnlyMemory<byte> blob, StateVersion? expectedVersion, CancellationToken cancellationToken)
    {
        RequireName(name);
        RequireSize($"blob '{name}'", blob.Length, _options.MaxBlobSize);
        return _writer.CommitAsync(_keys.BlobHead(name), blob, key: default, expectedVersion, cancellationToken);
    }

    public async IAsyncEnumerable<StateVersion?> WatchAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var watch = new EtcdWatch(_cluster, _writer, _keys.StateHead, _logger);
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
        await _writer.DeleteAsync("the state cannot be archived", id, cancellationToken).ConfigureAwait(false);
        return $"{_cluster.Name}, keys {_keys.Archive(id)}";
    }

    public async ValueTask RemoveAsync(CancellationToken cancellationToken) =>
        await _writer.DeleteAsync("the state cannot be removed", archive: null, cancellationToken).ConfigureAwait(false);

    public void Dispose() => _cluster.Dispose();

    private static void RequireName(string name)
    {
        ArgumentNullException.ThrowIfNull(name);
        if (name.Length is 0 or > 64 || name.Any(c => c is not ((>= 'a' and <= 'z') or '_')))
        {
            throw new ArgumentException("The name of a blob is 1 to 64 of 'a' to 'z' and '_'.", nameof(name));
        }
    }

    /// <summary>All chunks are read at the revision of the head, so that a commit in between changes nothing.</summary>
    private async Task<(byte[] Data, byte[] Key, StateVersion Version)?> LoadAsync(
        string what, string headKey, CancellationToken cancellationToken)
    {
        (EtcdHead? found, long revision) = await _writer.ReadHeadAsync(what, headKey, cancellationToken).ConfigureAwait(false);
        if (found is not { } head)
        {
            return null;
        }

        RequireSize("stored blob", head.Stored.Size, _options.MaxBlobSize);
        if (head.Stored.Size < 0 || head.Stored.Chunks < 1 || head.Stored.Chunks > 1 + (head.Stored.Size / 4096))
        {
            throw Damaged(headKey);
        }

        byte[] data = new byte[head.Stored.Size];
        int length = 0;
        for (int i = 0; i < head.Stored.Chunks; i++)
        {
            var request = new RangeRequest { Key = _keys.Chunk(head.Version.CommitId, i), Revision = revision };
            RangeResponse response = await _cluster.ReadAsync(
                what, (invoker, options) => new KV.KVClient(invoker).RangeAsync(request, options), cancellationToken).ConfigureAwait(false);
            if (response.Kvs is not [{ Value: { } chunk }] || chunk.Length > data.Length - length)
            {
                throw Damaged(headKey);
            }

            chunk.CopyTo(data, length);
            length += chunk.Length;
        }

        return length == data.Length ? (data, head.Stored.Key.ToByteArray(), head.Version.ToStateVersion()) : throw Damaged(headKey);
    }

    private StateStoreException Damaged(string headKey) => new(
        $"{_cluster.Name}: what the key '{headKey}' names is not whole. Another program changed the keys; restore the cluster from a "
        + "backup.");

    private void RequireSize(string what, long size, int limit)
    {
        if (size > limit)
        {
            throw new StateStoreException(
                $"{_cluster.Name}: the {what} has {size} bytes, and at most {limit} are allowed. If it can be so large, raise "
                + $"{EtcdStoreOptions.SectionName}:{nameof(_options.MaxBlobSize)}.");
        }
    }
}
