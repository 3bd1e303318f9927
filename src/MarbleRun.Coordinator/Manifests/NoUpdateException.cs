namespace MarbleRun.Coordinator.Manifests;

/// <summary>No update waits for acknowledgments.</summary>
internal sealed class NoUpdateException() : Exception("no update in progress");
