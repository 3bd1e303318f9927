using System.Globalization;
using MarbleRun.Coordinator.Kubernetes.Api;

namespace MarbleRun.Coordinator.Kubernetes;

/// <summary>What the metadata of a head say of its commit.</summary>
internal sealed record KubernetesHead
{
    private const string Prefix = "marblerun/";
    private const string CommitAnnotation = Prefix + "commit";
    private const string SizeAnnotation = Prefix + "size";
    private const string ChunksAnnotation = Prefix + "chunks";
    private const string HistoryAnnotation = Prefix + "history";
    private const string CollectedAnnotation = Prefix + "collected";

    /// <summary>As many earlier commits as others can make while one looks up its own.</summary>
    private const int MaxHistory = 16;

    /// <summary>The metadata as they were read.</summary>
    public required ObjectMeta Metadata { get; init; }

    public required Guid CommitId { get; init; }

    public long Size { get; init; }

    /// <summary>How many Secrets have the data; 0 if the head has them.</summary>
    public int Chunks { get; init; }

    /// <summary>The commits before this one, the newest first.</summary>
    public IReadOnlyList<Guid> History { get; init; } = [];

    /// <summary>Changes before chunks are deleted that a commit in progress could still name.</summary>
    public string Collected { get; init; } = string.Empty;

    public string Name => Metadata.Name!;

    public KubernetesVersion Version => new(Metadata.Uid!, CommitId);

    public Preconditions AsPreconditions() => new(Metadata.Uid, Metadata.ResourceVersion);

    /// <summary>Null if the object is not a head.</summary>
    public static KubernetesHead? TryParse(ObjectMeta metadata)
    {
        string history = metadata.Annotation(HistoryAnnotation);
        Guid[] ids = [.. history.Split(',', StringSplitOptions.RemoveEmptyEntries).Take(MaxHistory)
            .Select(t => Guid.TryParseExact(t, "N", out Guid id) ? id : Guid.Empty)];
        return metadata is { Name: not null, Uid.Length: > 0, ResourceVersion.Length: > 0 }
            && metadata.Label(KubernetesNames.ManagedByLabel) == KubernetesNames.ManagedBy
            && Guid.TryParseExact(metadata.Annotation(CommitAnnotation), "N", out Guid commitId)
            && long.TryParse(metadata.Annotation(SizeAnnotation), NumberStyles.None, CultureInfo.InvariantCulture, out long size)
            && int.TryParse(metadata.Annotation(ChunksAnnotation), NumberStyles.None, CultureInfo.InvariantCulture, out int chunks)
            && chunks <= 1 + (size / 4096)
                ? new KubernetesHead
                {
                    Metadata = metadata,
                    CommitId = commitId,
                    Size = size,
                    Chunks = chunks,
                    History = ids,
                    Collected = metadata.Annotation(CollectedAnnotation),
                }
                : null;
    }

    /// <summary>The metadata that put another commit in the place of this one. What others have added stays.</summary>
    public static ObjectMeta Replace(string name, KubernetesHead? current, Dictionary<string, string> labels, KubernetesHead next)
    {
        Guid[] history = current is null ? [] : [.. current.History.Prepend(current.CommitId).Take(MaxHistory)];
        return (current is null ? new ObjectMeta { Name = name } : Keep(current.Metadata)) with
        {
            Labels = Merge(current?.Metadata.Labels, labels),
            Annotations = Merge(current?.Metadata.Annotations, new Dictionary<string, string>(StringComparer.Ordinal)
            {
                [CommitAnnotation] = $"{next.CommitId:N}",
                [SizeAnnotation] = next.Size.ToString(CultureInfo.InvariantCulture),
                [ChunksAnnotation] = next.Chunks.ToString(CultureInfo.InvariantCulture),
                [HistoryAnnotation] = string.Join(',', history.Select(id => $"{id:N}")),
            }),
        };
    }

    /// <summary>The metadata that change the <c>resourceVersion</c> and nothing else of the commit.</summary>
    public static ObjectMeta MarkCollected(ObjectMeta metadata) => Keep(metadata) with
    {
        Annotations = Merge(
            metadata.Annotations,
            new Dictionary<string, string>(StringComparer.Ordinal) { [CollectedAnnotation] = $"{Guid.NewGuid():N}" }),
    };

    /// <summary>The same commit under the name of an archive.</summary>
    public ObjectMeta ToArchive(string name, Dictionary<string, string> labels) =>
        new() { Name = name, Labels = labels, Annotations = Metadata.Annotations };

    /// <summary>The server keeps its record of who changed which member if it gets none.</summary>
    private static ObjectMeta Keep(ObjectMeta metadata) => metadata with
    {
        Others = metadata.Others is { } others
            ? new(others.Where(o => o.Key != "managedFields"), StringComparer.Ordinal)
            : null,
    };

    private static Dictionary<string, string> Merge(IReadOnlyDictionary<string, string>? old, Dictionary<string, string> added)
    {
        foreach ((string key, string value) in old ?? new Dictionary<string, string>())
        {
            added.TryAdd(key, value);
        }

        return added;
    }
}
