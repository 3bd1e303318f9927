using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace MarbleRun.TestSupport.FakeKubernetes;

/// <summary>
/// The objects of a cluster, as etcd has them behind the API server: one counter numbers all changes, and changes are forgotten by
/// compaction. A stored object is never changed, only replaced.
/// </summary>
public sealed class ObjectStore
{
    private readonly Lock _lock = new();
    private readonly SortedDictionary<string, JsonObject> _objects = new(StringComparer.Ordinal);
    private readonly List<Change> _changes = [];
    private readonly Dictionary<long, JsonObject[]> _snapshots = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _revision = 1000;
    private long _oldest = 1000;

    public HashSet<string> Namespaces { get; } = ["default"];

    /// <summary>Added to the time of the machine.</summary>
    public TimeSpan ClockOffset { get; set; }

    public long Revision
    {
        get
        {
            lock (_lock)
            {
                return _revision;
            }
        }
    }

    public JsonObject Get(ObjectPath path)
    {
        lock (_lock)
        {
            return _objects.GetValueOrDefault(path.Key) ?? throw ApiStatusException.NotFound(path.Resource, path.Name!);
        }
    }

    /// <summary>All objects of a collection, a page of them, or the next page of an earlier list, which is as of its moment.</summary>
    public (IReadOnlyList<JsonObject> Items, long Revision, string Continue) List(
        ObjectPath path, Func<JsonObject, bool> selector, int limit, string? next)
    {
        lock (_lock)
        {
            long revision = _revision;
            string start = string.Empty;
            JsonObject[] all;
            if (string.IsNullOrEmpty(next))
            {
                all = [.. _objects.Where(o => o.Key.StartsWith(path.Prefix, StringComparison.Ordinal)).Select(o => o.Value)];
            }
            else
            {
                string[] token = Encoding.UTF8.GetString(Convert.FromBase64String(next)).Split('\n');
                (revision, start) = (long.Parse(token[0], CultureInfo.InvariantCulture), token[1]);
                all = _snapshots.GetValueOrDefault(revision) ?? throw new ApiStatusException(
                    410, "Expired", "The provided continue parameter is too old to display a consistent list result.");
            }

            JsonObject[] rest =
            [
                .. all.Where(selector).SkipWhile(o => string.CompareOrdinal((string)o["metadata"]!["name"]!, start) <= 0 && start != ""),
            ];
            if (limit <= 0 || rest.Length <= limit)
            {
                return (rest, revision, string.Empty);
            }

            _snapshots[revision] = all;
            string token2 = $"{revision}\n{(string)rest[limit - 1]["metadata"]!["name"]!}";
            return (rest[..limit], revision, Convert.ToBase64String(Encoding.UTF8.GetBytes(token2)));
        }
    }

    public JsonObject Create(ObjectPath path, JsonObject given)
    {
        lock (_lock)
        {
            if (!Namespaces.Contains(path.Namespace))
            {
                throw ApiStatusException.NotFound("namespaces", path.Namespace);
            }

            JsonObject metadata = given["metadata"]!.AsObject();
            if ((string?)metadata["resourceVersion"] is { Length: > 0 })
            {
                throw ApiStatusException.BadRequest("resourceVersion should not be set on objects to be created");
            }

            ObjectRules.Check(path.Resource, given);
            if (_objects.ContainsKey(path.Key))
            {
                throw ApiStatusException.AlreadyExists(path.Resource, path.Name!);
            }

            metadata["uid"] = Guid.NewGuid().ToString();
            metadata["creationTimestamp"] =
                (DateTimeOffset.UtcNow + ClockOffset).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
            return Write(path, "ADDED", given);
        }
    }

    public JsonObject Replace(ObjectPath path, JsonObject given)
    {
        lock (_lock)
        {
            JsonObject old = _objects.GetValueOrDefault(path.Key) ?? throw ApiStatusException.NotFound(path.Resource, path.Name!);
            JsonObject metadata = given["metadata"]!.AsObject();
            RequireUid(path, old, (string?)metadata["uid"]);
            if ((string?)metadata["resourceVersion"] is { Length: > 0 } version && version != VersionOf(old))
            {
                throw ApiStatusException.Conflict(
                    path.Resource,
                    path.Name!,
                    "the object has been modified; please apply your changes to the latest version and try again");
            }

            ObjectRules.Check(path.Resource, given);
            ObjectRules.CheckReplacement(path.Resource, old, given);
            foreach (string member in (ReadOnlySpan<string>)["uid", "creationTimestamp", "resourceVersion"])
            {
                metadata[member] = old["metadata"]![member]!.DeepClone();
            }

            // What does not change is not written.
            return JsonNode.DeepEquals(old, given) ? old : Write(path, "MODIFIED", given);
        }
    }

    public JsonObject Delete(ObjectPath path, string? uid, string? version)
    {
        lock (_lock)
        {
            JsonObject old = _objects.GetValueOrDefault(path.Key) ?? throw ApiStatusException.NotFound(path.Resource, path.Name!);
            RequireUid(path, old, uid);
            if (version is not null && version != VersionOf(old))
            {
                throw ApiStatusException.Conflict(
                    path.Resource,
                    path.Name!,
                    $"Precondition failed: ResourceVersion in precondition: {version}, in object meta: {VersionOf(old)}");
            }

            return Write(path, "DELETED", old.DeepClone().AsObject());
        }
    }

    /// <summary>What happened after a version, and a task that ends with the next change.</summary>
    /// <exception cref="ApiStatusException">It is forgotten.</exception>
    public (IReadOnlyList<Change> Changes, Task Next) ChangesSince(long revision)
    {
        lock (_lock)
        {
            return revision < _oldest
                ? throw ApiStatusException.Expired(revision, _oldest)
                : ([.. _changes.Where(c => c.Revision > revision)], _changed.Task);
        }
    }

    /// <summary>Forgets all changes so far.</summary>
    public void Compact()
    {
        lock (_lock)
        {
            _oldest = _revision;
            _changes.Clear();
            _snapshots.Clear();
            Notify();
        }
    }

    /// <summary>Numbers that other objects of a cluster use up.</summary>
    public void AdvanceRevision(int by)
    {
        lock (_lock)
        {
            _revision += by;
        }
    }

    private static string VersionOf(JsonObject o) => (string)o["metadata"]!["resourceVersion"]!;

    private static void RequireUid(ObjectPath path, JsonObject old, string? uid)
    {
        string actual = (string)old["metadata"]!["uid"]!;
        if (!string.IsNullOrEmpty(uid) && uid != actual)
        {
            throw ApiStatusException.Conflict(
                path.Resource, path.Name!, $"Precondition failed: UID in precondition: {uid}, UID in object meta: {actual}");
        }
    }

    private JsonObject Write(ObjectPath path, string type, JsonObject written)
    {
        written["metadata"]!["resourceVersion"] = (++_revision).ToString(CultureInfo.InvariantCulture);
        JsonObject? before = _objects.GetValueOrDefault(path.Key);
        if (type == "DELETED")
        {
            _objects.Remove(path.Key);
        }
        else
        {
            _objects[path.Key] = written;
        }

        _changes.Add(new Change(_revision, type, path, written, before));
        Notify();
        return written;
    }

    private void Notify()
    {
        TaskCompletionSource changed = _changed;
        _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        changed.SetResult();
    }

    /// <summary>One change of one object.</summary>
    public sealed record Change(long Revision, string Type, ObjectPath Path, JsonObject After, JsonObject? Before);
}
