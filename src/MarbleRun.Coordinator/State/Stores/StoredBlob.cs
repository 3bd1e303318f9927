namespace MarbleRun.Coordinator.State.Stores;

/// <summary>A blob that a store keeps beside the state, as it was committed last.</summary>
/// <param name="Bytes">The blob.</param>
/// <param name="Version">Its version.</param>
public sealed record StoredBlob(ReadOnlyMemory<byte> Bytes, StateVersion Version);
