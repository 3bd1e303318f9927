namespace MarbleRun.Coordinator.Stores;

/// <summary>A blob as it was committed.</summary>
/// <param name="Bytes">The blob.</param>
/// <param name="Version">Its version.</param>
public sealed record StoredState(ReadOnlyMemory<byte> Bytes, StateVersion Version);
