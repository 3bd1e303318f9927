using System.Net;
using MarbleRun.Coordinator.Kubernetes.Api;
using MarbleRun.Coordinator.State.Stores;

namespace MarbleRun.Coordinator.Kubernetes;

/// <summary>
/// The Secrets with the data of a commit that does not fit into its head. They are written before the head names them, never change, and
/// have a name that only this commit has.
/// </summary>
internal sealed class KubernetesChunks(KubernetesCluster cluster, KubernetesNames names, KubernetesStoreOptions options)
{
    public const string DataKey = "sealed_chunk";

    private const int AtOnce = 4;
    private const int MaxAttempts = 3;

    /// <returns>When the server made the first one, by its clock.</returns>
    /// <exception cref="StateStoreException">Not all were made; those that were made are deleted, if possible.</exception>
    public async Task<DateTimeOffset?> UploadAsync(
        string what, Guid commitId, int count, string? replacedUid, ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        DateTimeOffset? first = null;
        Dictionary<string, string> labels = names.Labels(KubernetesNames.ChunkPart, commitId);
        labels[KubernetesNames.ReplacesLabel] = replacedUid ?? KubernetesNames.Nothing;
        try
        {
            await ForEachAsync(count, async (i, token) =>
            {
                int start = i * options.ChunkSize;
                var chunk = new Secret
                {
                    Metadata = new ObjectMeta { Name = names.Chunk(commitId, i), Labels = labels },
                    Immutable = true,
                    Data = new Dictionary<string, ReadOnlyMemory<byte>>
                    {
                        [DataKey] = data.Slice(start, Math.Min(options.ChunkSize, data.Length - start)),
                    },
                };
                DateTimeOffset? created = await CreateAsync(what, chunk, token).ConfigureAwait(false);
                first = i == 0 ? created : first;
            }, cancellationToken).ConfigureAwait(false);
            return first;
        }
        catch (Exception exception) when (exception is StateStoreException or OperationCanceledException)
        {
            await DeleteAsync(commitId, count).ConfigureAwait(false);
            throw;
        }
    }

    /// <returns>Null if not all are there: the head that names them was replaced, or another program deleted them.</returns>
    /// <exception cref="StateStoreException">They cannot be read.</exception>
    public async Task<byte[]?> DownloadAsync(string what, KubernetesHead head, CancellationToken cancellationToken)
    {
        var chunks = new ReadOnlyMemory<byte>[head.Chunks];
        await ForEachAsync(head.Chunks, async (i, token) =>
        {
            Secret? chunk =
                await cluster.FindAsync(what, names.Chunk(head.CommitId, i), isMetadataEnough: false, token).ConfigureAwait(false);
            chunks[i] = chunk?.Data?.GetValueOrDefault(DataKey) ?? default;
        }, cancellationToken).ConfigureAwait(false);
        if (chunks.Sum(c => (long)c.Length) != head.Size || Array.Exists(chunks, c => c.IsEmpty))
        {
            return null;
        }

        byte[] data = new byte[head.Size];
        int length = 0;
        foreach (ReadOnlyMemory<byte> chunk in chunks)
        {
            chunk.CopyTo(data.AsMemory(length));
            length += chunk.Length;
        }

        return data;
    }

    /// <summary>No head names these chunks. If they cannot be deleted, they only take space until they are collected.</summary>
    public async Task DeleteAsync(Guid commitId, int count)
    {
        using var limit = new CancellationTokenSource(options.CommandTimeout);
        try
        {
            await ForEachAsync(
                count,
                (i, token) => new ValueTask(cluster.DeleteAsync(names.Chunk(commitId, i), preconditions: null, token)),
                limit.Token)
                .ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is ApiException or OperationCanceledException)
        {
            // What the caller came for has succeeded, or its own failure is reported.
        }
    }

    private static Task ForEachAsync(int count, Func<int, CancellationToken, ValueTask> action, CancellationToken cancellationToken) =>
        Parallel.ForAsync(
            0, count, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancellationToken }, action);

    private async Task<DateTimeOffset?> CreateAsync(string what, Secret chunk, CancellationToken cancellationToken)
    {
        for (int attempt = 1; ; attempt++)
        {
            try
            {
                return (await cluster.CreateAsync(chunk, cancellationToken).ConfigureAwait(false)).Metadata.CreationTimestamp;
            }
            catch (ApiException exception) when (exception is { Code: HttpStatusCode.Conflict, Reason: "AlreadyExists" } && attempt > 1)
            {
                // The request before, whose answer was lost.
                return null;
            }
            catch (ApiException exception) when (exception.IsRefusal || attempt == MaxAttempts)
            {
                throw cluster.Describe(what, chunk.Metadata.Name!, exception);
            }
            catch (ApiException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(50 << attempt), TimeProvider.System, cancellationToken).ConfigureAwait(false);
            }
        }
    }
}
