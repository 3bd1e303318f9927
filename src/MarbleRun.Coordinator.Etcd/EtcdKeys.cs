using System.Globalization;
using Google.Protobuf;
using MarbleRun.Coordinator.Etcd.Protos;

namespace MarbleRun.Coordinator.Etcd;

/// <summary>The keys of a deployment, and the operations on them.</summary>
internal sealed class EtcdKeys(EtcdStoreOptions options)
{
    private readonly string _prefix = $"{options.KeyPrefix}{options.Deployment}/";

    /// <summary>Rises when a commit without an answer must not be made any more.</summary>
    public ByteString Fence => Of("fence");

    public string Heads => _prefix + "head/";

    public string StateHead => Heads + "state";

    public string BlobHead(string name) => $"{Heads}blob/{name}";

    public string Chunks(Guid commitId) => $"{_prefix}chunk/{commitId:N}/";

    public ByteString Chunk(Guid commitId, int index) =>
        ByteString.CopyFromUtf8(string.Create(CultureInfo.InvariantCulture, $"{Chunks(commitId)}{index:D6}"));

    /// <summary>Holds the number of the last record of a trail.</summary>
    public ByteString AuditEnd(string replica) => Of($"audit/{replica}/end");

    /// <summary>What the keys of the records of a trail start with.</summary>
    public string AuditRecords(string replica) => $"{_prefix}audit/{replica}/records/";

    /// <summary>Holds the record with this number, and those that were added with it.</summary>
    public ByteString AuditRecords(string replica, long first) =>
        ByteString.CopyFromUtf8(string.Create(CultureInfo.InvariantCulture, $"{AuditRecords(replica)}{first:D20}"));

    public string Archive(Guid id) => $"{_prefix}archive/{id:N}/";

    public static RangeRequest Range(string prefix) =>
        new() { Key = ByteString.CopyFromUtf8(prefix), RangeEnd = End(prefix), Limit = 64 };

    public static RequestOp Delete(string prefix) =>
        new() { RequestDeleteRange = new DeleteRangeRequest { Key = ByteString.CopyFromUtf8(prefix), RangeEnd = End(prefix) } };

    public static RequestOp Put(ByteString key, ByteString value) => new() { RequestPut = new PutRequest { Key = key, Value = value } };

    public static RequestOp Get(ByteString key) => new() { RequestRange = new RangeRequest { Key = key } };

    /// <summary>The key was last changed at this revision; 0 if it is not there.</summary>
    public static Compare At(ByteString key, long revision) =>
        new() { Key = key, Target = Compare.Types.CompareTarget.Mod, Result = Compare.Types.CompareResult.Equal, ModRevision = revision };

    public static Compare Exists(ByteString key) =>
        new() { Key = key, Target = Compare.Types.CompareTarget.Version, Result = Compare.Types.CompareResult.Greater, Version = 0 };

    public static Compare Holds(ByteString key, ByteString value) =>
        new() { Key = key, Target = Compare.Types.CompareTarget.Value, Result = Compare.Types.CompareResult.Equal, Value = value };

    /// <summary>The first key after those with a prefix, all of which end with ASCII.</summary>
    public static ByteString End(string prefix) => ByteString.CopyFromUtf8(prefix[..^1] + (char)(prefix[^1] + 1));

    private ByteString Of(string name) => ByteString.CopyFromUtf8(_prefix + name);
}
