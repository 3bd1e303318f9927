using MarbleRun.Coordinator.Etcd.Protos;

namespace MarbleRun.Coordinator.Etcd;

/// <summary>A head as it was read.</summary>
internal sealed record EtcdHead(EtcdVersion Version, StoredHead Stored);
