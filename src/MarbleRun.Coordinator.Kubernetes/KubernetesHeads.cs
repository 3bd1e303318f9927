using System.Collections.Concurrent;
using MarbleRun.Coordinator.Kubernetes.Api;
using MarbleRun.Coordinator.State.Stores;

namespace MarbleRun.Coordinator.Kubernetes;

/// <summary>Reads heads, and what they name.</summary>
internal sealed class KubernetesHeads(KubernetesCluster cluster, KubernetesChunks chunks, KubernetesStoreOptions options)
{
    public const string DataKey = "sealed_data";
    public const string KeyKey = "sealed_key";

    /// <summary>How often a commit of another Coordinator may delete the chunks that are being read.</summary>
    private const int MaxReplacements = 10;

    /// <summary>What was read or written last by name: its <c>resourceVersion</c> saves a commit the read.</summary>
    private readonly ConcurrentDictionary<string, KubernetesHead> _known = new(StringComparer.Ordinal);

    /// <summary>The newest head at some moment after the call.</summary>
    /// <exception cref="StateStoreException">It cannot be read, or is not of this store.</exception>
    public async Task<KubernetesHead?> ReadAsync(string what, string name, CancellationToken cancellationToken) =>
        await cluster.FindAsync(what, name, isMetadataEnough: true, cancellationToken).ConfigureAwait(false) is { } found
            ? Remember(found.Metadata)
            : null;

    /// <summary>The head with this version, as it is known or as it is read; null if there is another one now, or none.</summary>
    /// <exception cref="StateStoreException">It cannot be read, or is not of this store.</exception>
    public async Task<KubernetesHead?> FindAsync(
        string what, string name, KubernetesVersion version, CancellationToken cancellationToken)
    {
        if (_known.TryGetValue(name, out KubernetesHead? known) && known.Version == version)
        {
            return known;
        }

        KubernetesHead? found = await ReadAsync(what, name, cancellationToken).ConfigureAwait(false);
        return found?.Version == version ? found : null;
    }

    /// <exception cref="StateStoreException">The object is not a head of this store.</exception>
    public KubernetesHead Remember(ObjectMeta metadata) =>
        _known[metadata.Name ?? string.Empty] = KubernetesHead.TryParse(metadata) ?? throw new StateStoreException(
            $"{cluster.Name}: the Secret '{metadata.Name}' is not of this store. Another program uses the name; delete the Secret if it is "
            + $"not needed, or set {KubernetesStoreOptions.SectionName}:{nameof(options.Deployment)}.");

    /// <exception cref="StateStoreException">It cannot be read, is too large, or is not whole.</exception>
    public async Task<(ReadOnlyMemory<byte> Data, ReadOnlyMemory<byte> Key, StateVersion Version)?> LoadAsync(
        string what, string name, CancellationToken cancellationToken)
    {
        Guid last = Guid.Empty;
        for (int i = 0; i < MaxReplacements; i++)
        {
            if (await cluster.FindAsync(what, name, isMetadataEnough: false, cancellationToken).ConfigureAwait(false) is not { } secret)
            {
                return null;
            }

            KubernetesHead head = Remember(secret.Metadata);
            RequireSize("stored blob", head.Size);
            ReadOnlyMemory<byte>? data = head.Chunks > 0
                ? await chunks.DownloadAsync(what, head, cancellationToken).ConfigureAwait(false)
                : secret.Data?.GetValueOrDefault(DataKey) ?? default;
            if (data is { } whole && whole.Length == head.Size)
            {
                return (whole, secret.Data?.GetValueOrDefault(KeyKey) ?? default, head.Version.ToStateVersion());
            }

            if (last == head.CommitId)
            {
                break;
            }

            // A commit replaced this one, and deleted its chunks; then there is another head.
            last = head.CommitId;
        }

        throw new StateStoreException(
            $"{cluster.Name}: what the Secret '{name}' names is not whole. Another program changed or deleted Secrets of this deployment; "
            + "restore them from a backup.");
    }

    public void RequireSize(string what, long size)
    {
        if (size > options.MaxBlobSize)
        {
            throw new StateStoreException(
                $"{cluster.Name}: the {what} has {size} bytes, and at most {options.MaxBlobSize} are allowed. If it can be so large, raise "
                + $"{KubernetesStoreOptions.SectionName}:{nameof(options.MaxBlobSize)}.");
        }
    }
}
