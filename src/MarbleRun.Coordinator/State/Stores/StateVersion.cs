namespace MarbleRun.Coordinator.State.Stores;

/// <summary>Names what one commit put into a store. Equal versions name equal blobs.</summary>
/// <param name="Value">Text that only the store understands.</param>
public readonly record struct StateVersion(string Value);
