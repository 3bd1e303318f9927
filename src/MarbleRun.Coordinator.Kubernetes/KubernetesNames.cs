using System.Globalization;

namespace MarbleRun.Coordinator.Kubernetes;

/// <summary>The names and labels of a deployment's Secrets.</summary>
internal sealed class KubernetesNames(string deployment)
{
    public const string ManagedByLabel = "app.kubernetes.io/managed-by";
    public const string ManagedBy = "marblerun-coordinator";
    public const string DeploymentLabel = "marblerun/deployment";
    public const string PartLabel = "marblerun/part";
    public const string CommitLabel = "marblerun/commit";

    /// <summary>At a chunk: the UID of the head that its commit replaces, or <see cref="Nothing"/>.</summary>
    public const string ReplacesLabel = "marblerun/replaces";

    public const string Nothing = "nothing";

    public const string HeadPart = "head";
    public const string ArchivePart = "archive";
    public const string ChunkPart = "chunk";

    public string StateHead => $"{deployment}-state";

    /// <summary>
    /// The name of a Secret is one of DNS, which has no <c>_</c>, and ends with a letter or a digit. The names of blobs have no <c>-</c>
    /// and no digit, so that two of them never become one.
    /// </summary>
    public string BlobHead(string name)
    {
        string mapped = name.Replace('_', '-');
        return $"{StateHead}.blob-{(mapped[^1] == '-' ? mapped[..^1] + '0' : mapped)}";
    }

    public string Chunk(Guid commitId, int index) =>
        string.Create(CultureInfo.InvariantCulture, $"{StateHead}.chunk-{commitId:N}-{index:D4}");

    public string Archive(Guid id) => $"{StateHead}.archive-{id:N}";

    /// <summary>A head as it is named in an archive.</summary>
    public string Archived(Guid id, string head) => Archive(id) + head[StateHead.Length..];

    public Dictionary<string, string> Labels(string part, Guid commitId) => new(StringComparer.Ordinal)
    {
        [ManagedByLabel] = ManagedBy,
        [DeploymentLabel] = deployment,
        [PartLabel] = part,
        [CommitLabel] = $"{commitId:N}",
    };

    public string Selector(params string[] parts) =>
        $"{ManagedByLabel}={ManagedBy},{DeploymentLabel}={deployment},{PartLabel} in ({string.Join(',', parts)})";
}
