namespace MarbleRun.Coordinator.State.Stores;

/// <summary>What a store keeps: the sealed state, and its key as only this platform can open it.</summary>
/// <param name="Data">The state, sealed with a key of its own: <c>sealed_data</c>.</param>
/// <param name="Key">
/// That key, sealed for the platform: <c>sealed_key</c>. Empty if it does not exist, so that the state must be recovered.
/// </param>
public sealed record StateBlobs(ReadOnlyMemory<byte> Data, ReadOnlyMemory<byte> Key);
