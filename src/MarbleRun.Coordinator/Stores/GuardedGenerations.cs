namespace MarbleRun.Coordinator.Stores;

/// <summary>What a generation guard remembers. The two numbers count on their own, since counters are sealed without the state.</summary>
/// <param name="State">The generation of the state; 0 if there never was one.</param>
/// <param name="Counters">The generation of the counters; 0 if there never were any.</param>
public readonly record struct GuardedGenerations(ulong State, ulong Counters);
