namespace MarbleRun.Coordinator.Stores.Tests;

/// <summary>The seal directory.</summary>
public sealed class FileStoreTests(FileStoreServer server) : StateStoreConformance(server), IClassFixture<FileStoreServer>;
