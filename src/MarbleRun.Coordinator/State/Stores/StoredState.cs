namespace MarbleRun.Coordinator.State.Stores;

/// <summary>What was committed last.</summary>
/// <param name="Blobs">The blobs.</param>
/// <param name="Version">Their version.</param>
public sealed record StoredState(StateBlobs Blobs, StateVersion Version);
