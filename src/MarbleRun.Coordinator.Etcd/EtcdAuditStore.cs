using System.Globalization;
using Google.Protobuf;
using Grpc.Core;
using MarbleRun.Audit;
using MarbleRun.Coordinator.Etcd.Protos;
using MarbleRun.Coordinator.State.Stores;

namespace MarbleRun.Coordinator.Etcd;

/// <summary>
/// Keeps audit trails: a key holds the records that were added together, each with its line feed, and has the number of the first one in
/// its name; another one holds the number of the last record, which every append requires and replaces.
/// </summary>
internal sealed class EtcdAuditStore(EtcdCluster cluster, EtcdKeys keys, EtcdStoreOptions options) : IAuditStore
{
    /// <summary>What etcd takes by default. All records of one append are in one request.</summary>
    public const int MaxRequestSize = 1536 * 1024;

    /// <summary>A value has at most one record of the greatest length, or several of less: so several values fit into one answer.</summary>
    private const int MaxValueSize = AuditRecord.MaxLineLength + 1;

    /// <summary>The most records of a value.</summary>
    private const int MaxRecordsOfValue = 256;

    private const int ValuesOfAnswer = 16;

    /// <summary>
    /// A repeated transaction does no harm: the records of the first one are found, or keep the second one from adding others. So an append
    /// without an answer is sent once more.
    /// </summary>
    public async ValueTask AppendAsync(
        string replica, long first, IReadOnlyList<ReadOnlyMemory<byte>> lines, CancellationToken cancellationToken)
    {
        TxnRequest append = Append(replica, first, lines);
        cancellationToken.ThrowIfCancellationRequested();
        for (bool isSecond = false; ; isSecond = true)
        {
            try
            {
                using CancellationTokenSource limit = cluster.Limit(CancellationToken.None);
                TxnResponse response = await cluster.CallAsync(
                    (invoker, o) => new KV.KVClient(invoker).TxnAsync(append, o), limit.Token).ConfigureAwait(false);
                if (response.Succeeded)
                {
                    return;
                }

                break;
            }
            catch (RpcException exception)
            {
                bool isRefused = EtcdCluster.IsRefusal(exception);
                if (isRefused || isSecond)
                {
                    throw cluster.Describe("the audit trail cannot be written", exception, isOutcomeUnknown: isSecond || !isRefused);
                }
            }
        }

        bool isThere;
        try
        {
            isThere = await HoldsAsync(replica, first, lines).ConfigureAwait(false);
        }
        catch (StateStoreException exception)
        {
            throw new StateStoreException(exception.Message, exception) { IsOutcomeUnknown = true };
        }

        if (!isThere)
        {
            throw new StateStoreException(
                $"{cluster.Name}: the audit trail of '{replica}' in '{options.Deployment}' does not end with record {first - 1}.")
            {
                IsConflict = true,
            };
        }
    }

    public async ValueTask<StoredAuditLine?> ReadLastAsync(string replica, CancellationToken cancellationToken)
    {
        ByteString end = keys.AuditEnd(replica);
        if (await RangeAsync(replica, new RangeRequest { Key = end }, cancellationToken).ConfigureAwait(false) is not [{ } found])
        {
            return null;
        }

        // The trail may have grown since; this record was the last one when the end was read.
        return long.TryParse(found.Value.ToStringUtf8(), NumberStyles.None, CultureInfo.InvariantCulture, out long last)
            && await ReadAsync(replica, last, 1, cancellationToken).ConfigureAwait(false) is [var line]
            && line.Sequence == last
            ? line
            : throw Damaged(end);
    }

    public async ValueTask<IReadOnlyList<StoredAuditLine>> ReadAsync(
        string replica, long first, int limit, CancellationToken cancellationToken)
    {
        var lines = new List<StoredAuditLine>();
        long size = 0;
        ByteString from = await FindAsync(replica, first, cancellationToken).ConfigureAwait(false);
        while (true)
        {
            var request = new RangeRequest { Key = from, RangeEnd = EtcdKeys.End(keys.AuditRecords(replica)), Limit = ValuesOfAnswer };
            IReadOnlyList<KeyValue> values = await RangeAsync(replica, request, cancellationToken).ConfigureAwait(false);
            foreach (StoredAuditLine line in values.SelectMany(value => Split(replica, value)).Where(line => line.Sequence >= first))
            {
                if (lines.Count == limit || (lines.Count > 0 && size + line.Line.Length > IAuditStore.MaxReadBytes))
                {
                    return lines;
                }

                size += line.Line.Length;
                lines.Add(line);
            }

            if (values.Count < ValuesOfAnswer)
            {
                return lines;
            }

            // The next key.
            from = ByteString.CopyFrom([.. values[^1].Key.Span, 0]);
        }
    }

    private TxnRequest Append(string replica, long first, IReadOnlyList<ReadOnlyMemory<byte>> lines)
    {
        ByteString end = keys.AuditEnd(replica);
        var txn = new TxnRequest
        {
            Compare = { first == 1 ? EtcdKeys.At(end, 0) : EtcdKeys.Holds(end, Number(first - 1)) },
            Success = { EtcdKeys.Put(end, Number(first + lines.Count - 1)) },
        };
        using var value = new MemoryStream();
        long start = first;
        for (int i = 0; i <= lines.Count; i++)
        {
            if (i == lines.Count || (value.Length > 0 && value.Length + lines[i].Length + 1 > MaxValueSize))
            {
                ByteString key = keys.AuditRecords(replica, start);
                txn.Compare.Add(EtcdKeys.At(key, 0));
                txn.Success.Add(EtcdKeys.Put(key, ByteString.CopyFrom(value.GetBuffer().AsSpan(0, (int)value.Length))));
                value.SetLength(0);
                start = first + i;
            }

            if (i < lines.Count)
            {
                value.Write(lines[i].Span);
                value.WriteByte((byte)'\n');
            }
        }

        return txn;
    }

    private async Task<bool> HoldsAsync(string replica, long first, IReadOnlyList<ReadOnlyMemory<byte>> lines)
    {
        var found = new List<StoredAuditLine>();
        while (found.Count < lines.Count)
        {
            IReadOnlyList<StoredAuditLine> next = await ReadAsync(
                replica, first + found.Count, lines.Count - found.Count, CancellationToken.None).ConfigureAwait(false);
            if (next.Count == 0)
            {
                return false;
            }

            found.AddRange(next);
        }

        return found.Select((line, i) => line.Sequence == first + i && line.Line.Span.SequenceEqual(lines[i].Span)).All(isSame => isSame);
    }

    /// <summary>
    /// The key that holds a record, or the first one after it. etcd reads all keys of a range that it answers in descending order, so that
    /// the keys that can hold the record are read instead.
    /// </summary>
    private async Task<ByteString> FindAsync(string replica, long sequence, CancellationToken cancellationToken)
    {
        ByteString key = keys.AuditRecords(replica, sequence);
        var request = new RangeRequest
        {
            Key = keys.AuditRecords(replica, Math.Max(1, sequence - MaxRecordsOfValue + 1)),
            RangeEnd = ByteString.CopyFrom([.. key.Span, 0]),
            KeysOnly = true,
        };
        IReadOnlyList<KeyValue> found = await RangeAsync(replica, request, cancellationToken).ConfigureAwait(false);
        return found.Count > 0 ? found[^1].Key : key;
    }

    private async Task<IReadOnlyList<KeyValue>> RangeAsync(string replica, RangeRequest request, CancellationToken cancellationToken) =>
        (await cluster.ReadAsync(
            $"the audit trail of '{replica}' cannot be read",
            (invoker, o) => new KV.KVClient(invoker).RangeAsync(request, o),
            cancellationToken).ConfigureAwait(false)).Kvs;

    private IEnumerable<StoredAuditLine> Split(string replica, KeyValue value)
    {
        string name = value.Key.ToStringUtf8()[keys.AuditRecords(replica).Length..];
        ReadOnlyMemory<byte> rest = value.Value.Memory;
        if (!long.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out long sequence) || rest is not { IsEmpty: false }
            || rest.Span[^1] != '\n')
        {
            throw Damaged(value.Key);
        }

        for (; !rest.IsEmpty; sequence++)
        {
            int end = rest.Span.IndexOf((byte)'\n');
            yield return new StoredAuditLine(sequence, rest[..end]);
            rest = rest[(end + 1)..];
        }
    }

    private static ByteString Number(long number) => ByteString.CopyFromUtf8(number.ToString(CultureInfo.InvariantCulture));

    private StateStoreException Damaged(ByteString key) => new(
        $"{cluster.Name}: what the key '{key.ToStringUtf8()}' holds is not of this store. Another program changed the keys; restore the "
        + "cluster from a backup.");
}
