namespace MarbleRun.Coordinator.State.Stores;

/// <summary>Names one blob of a store; equal if and only if the blobs are.</summary>
/// <param name="Value">Text that only the store understands.</param>
public readonly record struct StateVersion(string Value);
