namespace MarbleRun.Coordinator.Stores.Tests.Faults;

/// <summary>Three replicas over Secrets of Kubernetes.</summary>
public sealed class KubernetesReplicasTests(KubernetesStoreServer server)
    : SharedFaultConformance(server), IClassFixture<KubernetesStoreServer>;
