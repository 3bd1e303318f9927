namespace MarbleRun.Coordinator.Stores.Tests;

/// <summary>Audit trails in etcd.</summary>
public sealed class EtcdAuditTests(EtcdStoreServer server) : AuditStoreConformance(server), IClassFixture<EtcdStoreServer>;
