using System.Net;
using MarbleRun.Coordinator.Kubernetes.Api;
using MarbleRun.Coordinator.State.Stores;

namespace MarbleRun.Coordinator.Kubernetes;

/// <summary>
/// Deletes heads, with their chunks or after they were copied to the archive. Several objects are not deleted at once: the state goes
/// first, since a state without the blobs beside it would be worse than blobs without a state, which the next state replaces.
/// </summary>
internal sealed class KubernetesRemoval(KubernetesCluster cluster, KubernetesNames names, KubernetesHeads heads, KubernetesChunks chunks)
{
    /// <exception cref="StateStoreException">Not everything was deleted.</exception>
    public async Task RunAsync(string what, Guid? archive, CancellationToken cancellationToken)
    {
        string selector = $"labelSelector={Uri.EscapeDataString(names.Selector(KubernetesNames.HeadPart))}";
        while (true)
        {
            cancellationToken.ThrowIfCancellationRequested();
            List<KubernetesHead> found =
            [
                .. (await cluster.ListAsync(what, selector, cancellationToken).ConfigureAwait(false)).Items
                    .Select(heads.Remember).OrderBy(h => h.Name != names.StateHead),
            ];
            if (found.Count == 0)
            {
                return;
            }

            if (archive is { } id)
            {
                found = await CopyAsync(what, id, found, cancellationToken).ConfigureAwait(false);
            }

            foreach (KubernetesHead head in found)
            {
                if (await DeleteAsync(what, head, cancellationToken).ConfigureAwait(false) && archive is null && head.Chunks > 0)
                {
                    await chunks.DeleteAsync(head.CommitId, head.Chunks).ConfigureAwait(false);
                }
            }
        }
    }

    /// <returns>What was copied, as it was then.</returns>
    private async Task<List<KubernetesHead>> CopyAsync(
        string what, Guid id, List<KubernetesHead> found, CancellationToken cancellationToken)
    {
        var copied = new List<KubernetesHead>();
        foreach (string name in found.Select(h => h.Name))
        {
            if (await cluster.FindAsync(what, name, isMetadataEnough: false, cancellationToken).ConfigureAwait(false) is not { } secret)
            {
                continue;
            }

            KubernetesHead head = heads.Remember(secret.Metadata);
            string place = names.Archived(id, name);
            var copy = new Secret
            {
                Metadata = head.ToArchive(place, names.Labels(KubernetesNames.ArchivePart, head.CommitId)),
                Data = secret.Data,
            };
            try
            {
                await CreateAsync(copy, cancellationToken).ConfigureAwait(false);
            }
            catch (ApiException exception)
            {
                throw cluster.Describe(what, place, exception);
            }

            copied.Add(head);
        }

        return copied;
    }

    /// <summary>A copy of an earlier round, whose head was changed before it was deleted, is replaced.</summary>
    private async Task CreateAsync(Secret copy, CancellationToken cancellationToken)
    {
        try
        {
            await cluster.CreateAsync(copy, cancellationToken).ConfigureAwait(false);
        }
        catch (ApiException exception) when (exception is { Code: HttpStatusCode.Conflict, Reason: "AlreadyExists" })
        {
            await cluster.DeleteAsync(copy.Metadata.Name!, preconditions: null, cancellationToken).ConfigureAwait(false);
            await cluster.CreateAsync(copy, cancellationToken).ConfigureAwait(false);
        }
    }

    /// <returns>False if the head is another one by now.</returns>
    private async Task<bool> DeleteAsync(string what, KubernetesHead head, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        try
        {
            await cluster.DeleteAsync(head.Name, head.AsPreconditions(), CancellationToken.None).ConfigureAwait(false);
            return true;
        }
        catch (ApiException exception) when (exception.Code == HttpStatusCode.Conflict)
        {
            return false;
        }
        catch (ApiException exception)
        {
            throw cluster.Describe(what, head.Name, exception, isOutcomeUnknown: !exception.IsRefusal);
        }
    }
}
