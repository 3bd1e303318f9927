namespace MarbleRun.Coordinator.Stores.Tests.Faults;

/// <summary>Three replicas over etcd.</summary>
public sealed class EtcdFaultTests(EtcdStoreServer server) : SharedFaultConformance(server), IClassFixture<EtcdStoreServer>;
