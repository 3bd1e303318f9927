namespace MarbleRun.Coordinator.Stores.Tests.Faults;

/// <summary>One Coordinator over its folder.</summary>
public sealed class FileFaultTests(FileStoreServer server) : FaultConformance(server), IClassFixture<FileStoreServer>
{
    protected override int ReplicaCount => 1;
}
