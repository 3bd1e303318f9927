using System.Net;
using MarbleRun.Coordinator.Kubernetes.Api;
using MarbleRun.Coordinator.State.Stores;

namespace MarbleRun.Coordinator.Kubernetes;

/// <summary>
/// Deletes chunks that no head names: of commits that failed, and whose writer could not delete them. A commit that is still in progress
/// names its chunks later; therefore the head that it replaces is written first, without a change of the blob, so that the commit fails.
/// </summary>
/// <remarks>
/// A writer reads the head before it makes chunks, and its commit succeeds only with the <c>resourceVersion</c> of then, or with a later
/// one at which <see cref="KubernetesHead.Collected"/> is the same. Chunks are listed before the head is written, so that those of a commit
/// that succeeds afterwards are not among them; one that succeeded before is named by a head, and heads are read after that. Chunks of a
/// commit that creates a head have nothing to write first, and are left alone.
/// </remarks>
internal sealed partial class KubernetesCollector(
    KubernetesCluster cluster, KubernetesNames names, ILogger logger) : IAsyncDisposable
{
    private const string What = "chunks that nothing names cannot be deleted";

    /// <summary>A commit takes seconds. One that takes longer than this fails, and its caller tries again.</summary>
    private static readonly TimeSpan s_age = TimeSpan.FromHours(1);

    private readonly CancellationTokenSource _stopping = new();
    private readonly Lock _lock = new();
    private Task _running = Task.CompletedTask;
    private DateTimeOffset _next;

    /// <summary>Begins if the last time is an hour ago; nothing waits for it.</summary>
    /// <param name="now">The time by the server's clock, which also says when it made the chunks.</param>
    public void Begin(DateTimeOffset now)
    {
        lock (_lock)
        {
            if (now >= _next && _running.IsCompleted && !_stopping.IsCancellationRequested)
            {
                _next = now + s_age;
                _running = Task.Run(() => RunAsync(now - s_age));
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync().ConfigureAwait(false);
        await _running.ConfigureAwait(false);
        _stopping.Dispose();
    }

    private async Task RunAsync(DateTimeOffset madeBefore)
    {
        try
        {
            int count = await CollectAsync(madeBefore, _stopping.Token).ConfigureAwait(false);
            if (count > 0)
            {
                Log.OrphansDeleted(logger, count, cluster.Name);
            }
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The Coordinator ends.
        }
        catch (Exception exception) when (exception is StateStoreException or ApiException or OperationCanceledException)
        {
            Log.OrphansNotDeleted(logger, cluster.Name, exception);
        }
    }

    private async Task<int> CollectAsync(DateTimeOffset madeBefore, CancellationToken cancellationToken)
    {
        List<ObjectMeta> old = await ListAsync(KubernetesNames.ChunkPart).ConfigureAwait(false);
        old.RemoveAll(c => c.CreationTimestamp is not { } made || made > madeBefore
            || c.Label(KubernetesNames.ReplacesLabel) is "" or KubernetesNames.Nothing);
        RemoveNamed(old, await ListAsync(KubernetesNames.HeadPart, KubernetesNames.ArchivePart).ConfigureAwait(false));
        if (old.Count == 0)
        {
            return 0;
        }

        foreach (ObjectMeta head in await ListAsync(KubernetesNames.HeadPart).ConfigureAwait(false))
        {
            if (old.Exists(c => c.Label(KubernetesNames.ReplacesLabel) == head.Uid)
                && !await MarkAsync(head, cancellationToken).ConfigureAwait(false))
            {
                old.RemoveAll(c => c.Label(KubernetesNames.ReplacesLabel) == head.Uid);
            }
        }

        // A head that is not there any more was deleted with its UID, and a commit that replaces that UID fails.
        RemoveNamed(old, await ListAsync(KubernetesNames.HeadPart, KubernetesNames.ArchivePart).ConfigureAwait(false));
        foreach (ObjectMeta chunk in old)
        {
            await cluster.DeleteAsync(chunk.Name!, new Preconditions(chunk.Uid, null), cancellationToken).ConfigureAwait(false);
        }

        return old.Count;

        async Task<List<ObjectMeta>> ListAsync(params string[] parts) => (await cluster.ListAsync(
            What, $"labelSelector={Uri.EscapeDataString(names.Selector(parts))}", cancellationToken).ConfigureAwait(false)).Items;
    }

    private static void RemoveNamed(List<ObjectMeta> chunks, List<ObjectMeta> heads)
    {
        var named = heads.Select(h => KubernetesHead.TryParse(h) is { } head ? $"{head.CommitId:N}" : h.Label(KubernetesNames.CommitLabel))
            .ToHashSet(StringComparer.Ordinal);
        chunks.RemoveAll(c => named.Contains(c.Label(KubernetesNames.CommitLabel)));
    }

    /// <returns>False if the head was changed meanwhile; its chunks can wait.</returns>
    private async Task<bool> MarkAsync(ObjectMeta listed, CancellationToken cancellationToken)
    {
        Secret? head = await cluster.FindAsync(What, listed.Name!, isMetadataEnough: false, cancellationToken).ConfigureAwait(false);
        if (head is null || head.Metadata.Uid != listed.Uid)
        {
            return false;
        }

        try
        {
            // An answer that is lost is an exception, and nothing is deleted.
            await cluster.ReplaceAsync(head with { Metadata = KubernetesHead.MarkCollected(head.Metadata) }, cancellationToken)
                .ConfigureAwait(false);
            return true;
        }
        catch (ApiException exception) when (exception.Code == HttpStatusCode.Conflict)
        {
            return false;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.KubernetesOrphansDeleted,
            LogLevel.Information,
            "{Count} Secrets of commits that failed were deleted in {Server}.",
            EventName = "KubernetesOrphansDeleted")]
        public static partial void OrphansDeleted(ILogger logger, int count, string server);

        [LoggerMessage(
            EventIds.KubernetesOrphansNotDeleted,
            LogLevel.Warning,
            "Secrets of commits that failed could not be deleted in {Server}; they only take space, and are tried again in an hour.",
            EventName = "KubernetesOrphansNotDeleted")]
        public static partial void OrphansNotDeleted(ILogger logger, string server, Exception exception);
    }
}
