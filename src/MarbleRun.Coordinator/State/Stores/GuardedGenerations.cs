namespace MarbleRun.Coordinator.State.Stores;

/// <summary>What a generation guard remembers. State and counters count on their own, since they are sealed without one another.</summary>
/// <param name="State">The generation of the state.</param>
/// <param name="Counters">The generation of the counters.</param>
public readonly record struct GuardedGenerations(GuardedGeneration State, GuardedGeneration Counters);
