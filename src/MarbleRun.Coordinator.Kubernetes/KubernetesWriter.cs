using System.Net;
using MarbleRun.Coordinator.Kubernetes.Api;
using MarbleRun.Coordinator.State.Stores;

namespace MarbleRun.Coordinator.Kubernetes;

/// <summary>
/// Swaps heads. A commit whose answer was lost is sent again as it was: a head has one <c>resourceVersion</c> once, and a name is created
/// once, so that of all copies of the request at most one is made, whenever the server gets to them. Then the head, with the ids of the
/// commits before it, says what became of the commit.
/// </summary>
internal sealed class KubernetesWriter(
    KubernetesCluster cluster,
    KubernetesNames names,
    KubernetesHeads heads,
    KubernetesChunks chunks,
    KubernetesCollector collector,
    KubernetesStoreOptions options)
{
    private const string What = "the state cannot be committed";

    /// <summary>How often others may write the object without a commit while one commit is tried.</summary>
    private const int MaxRewrites = 10;

    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(100);

    /// <exception cref="StateStoreException">As in <see cref="IStateStore.CommitAsync"/>.</exception>
    public async ValueTask<StateVersion> CommitAsync(
        string name,
        ReadOnlyMemory<byte> data,
        ReadOnlyMemory<byte> key,
        StateVersion? expectedVersion,
        CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        KubernetesHead? current = await FindExpectedAsync(name, expectedVersion, cancellationToken).ConfigureAwait(false);
        var id = Guid.NewGuid();
        int count = data.Length <= options.ChunkSize ? 0 : (data.Length + options.ChunkSize - 1) / options.ChunkSize;
        var payload = new Dictionary<string, ReadOnlyMemory<byte>>(StringComparer.Ordinal);
        if (count == 0)
        {
            payload[KubernetesHeads.DataKey] = data;
        }

        if (!key.IsEmpty)
        {
            payload[KubernetesHeads.KeyKey] = key;
        }

        var commit = new PendingCommit(
            name, new KubernetesHead { Metadata = new ObjectMeta(), CommitId = id, Size = data.Length, Chunks = count }, payload);
        DateTimeOffset? now = count == 0 ? null
            : await chunks.UploadAsync(What, id, count, current?.Metadata.Uid, data, cancellationToken).ConfigureAwait(false);
        KubernetesVersion made;
        try
        {
            cancellationToken.ThrowIfCancellationRequested();
            made = await SwapAsync(commit, current).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is OperationCanceledException or StateStoreException { IsOutcomeUnknown: false })
        {
            await chunks.DeleteAsync(id, count).ConfigureAwait(false);
            throw;
        }

        if (current is { Chunks: > 0 })
        {
            await chunks.DeleteAsync(current.CommitId, current.Chunks).ConfigureAwait(false);
        }

        if (now is { } time)
        {
            collector.Begin(time);
        }

        return made.ToStateVersion();
    }

    private async Task<KubernetesHead?> FindExpectedAsync(string name, StateVersion? expected, CancellationToken cancellationToken) =>
        expected is not { } given ? null
            : KubernetesVersion.TryParse(given, out KubernetesVersion version)
                && await heads.FindAsync(What, name, version, cancellationToken).ConfigureAwait(false) is { } head ? head
            : throw Conflict(name);

    private async Task<KubernetesVersion> SwapAsync(PendingCommit commit, KubernetesHead? current)
    {
        KubernetesHead? replaced = current;
        ApiException? lost = null;
        long start = 0;
        for (int rewrites = 0; ;)
        {
            try
            {
                return await SendAsync(commit, replaced).ConfigureAwait(false);
            }
            catch (ApiException exception) when (!exception.IsRefusal)
            {
                start = lost is null ? TimeProvider.System.GetTimestamp() : start;
                lost ??= exception;
            }
            catch (ApiException exception)
            {
                bool isReplaced = exception.Code == HttpStatusCode.Conflict || KubernetesCluster.IsNotFound(exception);
                if (lost is null && !isReplaced)
                {
                    throw cluster.Describe(What, commit.Name, exception);
                }
            }

            KubernetesHead? found = await LookUpAsync(commit.Name, lost, start).ConfigureAwait(false);
            if (found is not null && (found.CommitId == commit.Id || found.History.Contains(commit.Id)))
            {
                return new KubernetesVersion(found.Metadata.Uid!, commit.Id);
            }

            if (found?.Version != current?.Version)
            {
                // Another commit replaced what this one was to replace, or there is another object. With the other commit in the history,
                // this one was not made, and cannot be any more.
                bool isOther = current is not null && found?.Metadata.Uid == current.Metadata.Uid
                    && found!.History.Contains(current.CommitId);
                throw lost is null || isOther ? Conflict(commit.Name) : Unknown(commit.Name, lost);
            }

            bool isRewritten = found?.Metadata.ResourceVersion != replaced?.Metadata.ResourceVersion;
            if ((isRewritten || lost is null)
                && (++rewrites > MaxRewrites || (commit.Head.Chunks > 0 && found?.Collected != current?.Collected)))
            {
                // Chunks of this commit may be deleted. With the version that was sent, it cannot be made any more.
                throw Conflict(commit.Name);
            }

            if (lost is not null && !isRewritten && IsOver(start))
            {
                throw Unknown(commit.Name, lost);
            }

            replaced = found;
            await Task.Delay(isRewritten || lost is null ? TimeSpan.Zero : s_pause, TimeProvider.System).ConfigureAwait(false);
        }
    }

    private async Task<KubernetesVersion> SendAsync(PendingCommit commit, KubernetesHead? replaced)
    {
        var secret = new Secret
        {
            Metadata = KubernetesHead.Replace(
                commit.Name, replaced, names.Labels(KubernetesNames.HeadPart, commit.Id), commit.Head),
            Data = commit.Data,
        };

        // The caller's token is not asked: what was sent has an outcome.
        Secret made = replaced is null
            ? await cluster.CreateAsync(secret, CancellationToken.None).ConfigureAwait(false)
            : await cluster.ReplaceAsync(secret, CancellationToken.None).ConfigureAwait(false);
        return heads.Remember(made.Metadata).Version;
    }

    private async Task<KubernetesHead?> LookUpAsync(string name, ApiException? lost, long start)
    {
        while (true)
        {
            try
            {
                return await heads.ReadAsync(What, name, CancellationToken.None).ConfigureAwait(false);
            }
            catch (StateStoreException) when (lost is not null)
            {
                if (IsOver(start))
                {
                    throw Unknown(name, lost);
                }
            }

            await Task.Delay(s_pause, TimeProvider.System).ConfigureAwait(false);
        }
    }

    /// <summary>A lost answer is looked for as long as two more requests may take.</summary>
    private bool IsOver(long start) => TimeProvider.System.GetElapsedTime(start) >= 2 * options.CommandTimeout;

    private StateStoreException Unknown(string name, ApiException failure) =>
        cluster.Describe("it is not known whether the commit was made", name, failure, isOutcomeUnknown: true);

    private StateStoreException Conflict(string name) => new(
        $"{cluster.Name}: the Secret '{name}' does not have the version that this Coordinator read last. Another Coordinator writes it, or "
        + "somebody put another one there.")
    {
        IsConflict = true,
    };

    private sealed record PendingCommit(string Name, KubernetesHead Head, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> Data)
    {
        public Guid Id => Head.CommitId;
    }
}
