using Google.Protobuf;
using Grpc.Core;
using MarbleRun.Coordinator.Etcd.Protos;
using MarbleRun.Coordinator.State.Stores;

namespace MarbleRun.Coordinator.Etcd;

/// <summary>
/// Swaps heads. A commit that was not answered may still be made when the cluster gets to it; therefore each commit also requires the fence
/// to be the known one, and a fence that was raised since makes it impossible. Then the head says what became of it.
/// </summary>
internal sealed class EtcdWriter(EtcdCluster cluster, EtcdKeys keys, EtcdStoreOptions options)
{
    private const string What = "the state cannot be committed";

    private long _fence;

    /// <summary>A linearizable read of a head.</summary>
    /// <returns>The head, if there is one, and the revision of the cluster at which it was read.</returns>
    public async Task<(EtcdHead? Head, long Revision)> ReadHeadAsync(string what, string headKey, CancellationToken cancellationToken)
    {
        var request = new RangeRequest { Key = ByteString.CopyFromUtf8(headKey) };
        RangeResponse response = await cluster.ReadAsync(
            what, (invoker, o) => new KV.KVClient(invoker).RangeAsync(request, o), cancellationToken).ConfigureAwait(false);
        return (Parse(response.Kvs), response.Header.Revision);
    }

    /// <exception cref="StateStoreException">As in <see cref="IStateStore.CommitAsync"/>.</exception>
    public async ValueTask<StateVersion> CommitAsync(
        string headKey,
        ReadOnlyMemory<byte> data,
        ReadOnlyMemory<byte> key,
        StateVersion? expectedVersion,
        CancellationToken cancellationToken)
    {
        EtcdVersion? expected = expectedVersion is not { } given ? null
            : EtcdVersion.TryParse(given, out EtcdVersion parsed) ? parsed
            : throw Conflict();
        var id = Guid.NewGuid();
        var head = new StoredHead
        {
            CommitId = ByteString.CopyFrom(id.ToByteArray()),
            Size = data.Length,
            Chunks = Math.Max(1, (data.Length + options.ChunkSize - 1) / options.ChunkSize),
            Key = ByteString.CopyFrom(key.Span),
        };

        // A transaction is one request, so that splitting does not help it. What does not fit goes before, under an id that no head names.
        for (int i = 0; head.Chunks > 1 && i < head.Chunks; i++)
        {
            await UploadAsync(id, i, Chunk(data, i), cancellationToken).ConfigureAwait(false);
        }

        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            return await SwapAsync(headKey, id, head, data, expected).ConfigureAwait(false);
        }
        catch (StateStoreException exception) when (!exception.IsOutcomeUnknown && head.Chunks > 1)
        {
            await DiscardAsync(id).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Deletes all heads, with their chunks or after they were copied to the archive.</summary>
    public async Task DeleteAsync(string what, Guid? archive, CancellationToken cancellationToken)
    {
        while (true)
        {
            RangeResponse heads = await cluster.ReadAsync(
                what,
                (invoker, o) => new KV.KVClient(invoker).RangeAsync(EtcdKeys.Range(keys.Heads), o),
                cancellationToken).ConfigureAwait(false);
            if (heads.Kvs.Count == 0)
            {
                return;
            }

            var txn = new TxnRequest();
            foreach (KeyValue head in heads.Kvs)
            {
                txn.Compare.Add(EtcdKeys.At(head.Key, head.ModRevision));
                if (archive is { } id)
                {
                    string slot = head.Key.ToStringUtf8()[keys.Heads.Length..];
                    txn.Success.Add(EtcdKeys.Put(ByteString.CopyFromUtf8(keys.Archive(id) + slot), head.Value));
                }
                else if (Parse([head]) is { } parsed)
                {
                    txn.Success.Add(EtcdKeys.Delete(keys.Chunks(parsed.Version.CommitId)));
                }
            }

            txn.Success.Add(EtcdKeys.Delete(keys.Heads));
            cancellationToken.ThrowIfCancellationRequested();
            try
            {
                if ((await SendAsync(txn).ConfigureAwait(false)).Succeeded)
                {
                    return;
                }
            }
            catch (RpcException exception)
            {
                throw cluster.Describe(what, exception, isOutcomeUnknown: !EtcdCluster.IsRefusal(exception));
            }
        }
    }

    private async Task<StateVersion> SwapAsync(
        string headKey, Guid id, StoredHead head, ReadOnlyMemory<byte> data, EtcdVersion? expected)
    {
        bool isSecond = false;
        while (true)
        {
            long fence = Volatile.Read(ref _fence);
            TxnResponse response;
            try
            {
                response = await SendAsync(Swap(headKey, id, head, data, expected, fence)).ConfigureAwait(false);
            }
            catch (RpcException exception) when (EtcdCluster.IsRefusal(exception))
            {
                throw cluster.Describe(What, exception);
            }
            catch (RpcException exception)
            {
                EtcdHead? found = await ResolveAsync(headKey, exception).ConfigureAwait(false);
                if (found?.Version.CommitId == id)
                {
                    return found.Version.ToStateVersion();
                }

                if (found?.Version != expected)
                {
                    // Another commit is there; ours may have been before it.
                    throw Unknown(exception);
                }

                if (isSecond)
                {
                    throw cluster.Describe(What, exception);
                }

                isSecond = true;
                continue;
            }

            if (response.Succeeded)
            {
                return new EtcdVersion(response.Header.Revision, id).ToStateVersion();
            }

            EtcdHead? current = Parse(response.Responses[0].ResponseRange.Kvs);
            long currentFence = response.Responses[1].ResponseRange.Kvs is [{ } raised] ? raised.ModRevision : 0;
            if (current?.Version != expected || currentFence == fence)
            {
                throw Conflict();
            }

            // Only the fence was raised, for another commit.
            Volatile.Write(ref _fence, currentFence);
        }
    }

    private TxnRequest Swap(
        string headKey, Guid id, StoredHead head, ReadOnlyMemory<byte> data, EtcdVersion? expected, long fence)
    {
        ByteString key = ByteString.CopyFromUtf8(headKey);
        var txn = new TxnRequest
        {
            Compare = { EtcdKeys.At(key, expected?.ModRevision ?? 0), EtcdKeys.At(keys.Fence, fence) },
            Success = { EtcdKeys.Put(key, head.ToByteString()) },
            Failure = { EtcdKeys.Get(key), EtcdKeys.Get(keys.Fence) },
        };
        if (head.Chunks == 1)
        {
            txn.Success.Add(EtcdKeys.Put(keys.Chunk(id, 0), Chunk(data, 0)));
        }

        if (expected is { } replaced)
        {
            // The revision alone may be that of another commit in a cluster that was restored.
            txn.Compare.Add(EtcdKeys.Exists(keys.Chunk(replaced.CommitId, 0)));
            txn.Success.Add(EtcdKeys.Delete(keys.Chunks(replaced.CommitId)));
        }

        return txn;
    }

    private async Task<EtcdHead?> ResolveAsync(string headKey, RpcException failure)
    {
        try
        {
            using CancellationTokenSource limit = cluster.Limit(CancellationToken.None);
            var raise = new PutRequest { Key = keys.Fence, Value = ByteString.CopyFrom(Guid.NewGuid().ToByteArray()) };
            PutResponse raised = await cluster.CallAsync(
                (invoker, o) => new KV.KVClient(invoker).PutAsync(raise, o), limit.Token).ConfigureAwait(false);
            Volatile.Write(ref _fence, raised.Header.Revision);
            return (await ReadHeadAsync(What, headKey, CancellationToken.None).ConfigureAwait(false)).Head;
        }
        catch (Exception exception) when (exception is RpcException or StateStoreException)
        {
            throw Unknown(failure);
        }
    }

    private async Task<TxnResponse> SendAsync(TxnRequest txn)
    {
        // The caller's token is not asked: what was sent has an outcome.
        using CancellationTokenSource limit = cluster.Limit(CancellationToken.None);
        return await cluster.CallAsync((invoker, o) => new KV.KVClient(invoker).TxnAsync(txn, o), limit.Token).ConfigureAwait(false);
    }

    private async Task UploadAsync(Guid id, int index, ByteString chunk, CancellationToken cancellationToken)
    {
        var put = new PutRequest { Key = keys.Chunk(id, index), Value = chunk };
        try
        {
            await cluster.ReadAsync(What, (invoker, o) => new KV.KVClient(invoker).PutAsync(put, o), cancellationToken)
                .ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is StateStoreException or OperationCanceledException)
        {
            await DiscardAsync(id).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>No head names these chunks. If they cannot be deleted, they only take space.</summary>
    private async Task DiscardAsync(Guid id)
    {
        try
        {
            await SendAsync(new TxnRequest { Success = { EtcdKeys.Delete(keys.Chunks(id)) } }).ConfigureAwait(false);
        }
        catch (RpcException)
        {
            // The failure that made them useless is reported.
        }
    }

    private ByteString Chunk(ReadOnlyMemory<byte> data, int index)
    {
        int start = index * options.ChunkSize;
        return UnsafeByteOperations.UnsafeWrap(data.Slice(start, Math.Min(options.ChunkSize, data.Length - start)));
    }

    /// <summary>Null if there is no key.</summary>
    private EtcdHead? Parse(IReadOnlyList<KeyValue> found)
    {
        if (found is not [{ } pair])
        {
            return null;
        }

        try
        {
            var stored = StoredHead.Parser.ParseFrom(pair.Value);
            if (stored.CommitId.Length == 16)
            {
                return new EtcdHead(new EtcdVersion(pair.ModRevision, new Guid(stored.CommitId.Span)), stored);
            }
        }
        catch (InvalidProtocolBufferException)
        {
            // Reported below.
        }

        throw new StateStoreException(
            $"{cluster.Name}: the value of the key '{pair.Key.ToStringUtf8()}' is not of this store. Another program uses the prefix; set "
            + $"{EtcdStoreOptions.SectionName}:{nameof(options.KeyPrefix)}.");
    }

    private StateStoreException Unknown(RpcException failure) =>
        cluster.Describe("it is not known whether the commit was made", failure, isOutcomeUnknown: true);

    private StateStoreException Conflict() => new(
        $"{cluster.Name}: the state of '{options.Deployment}' is not the version that this Coordinator read last. Another Coordinator "
        + "writes it, or somebody put another one there.")
    {
        IsConflict = true,
    };
}
