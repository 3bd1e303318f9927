using MarbleRun.Coordinator.State.Stores;

namespace MarbleRun.Coordinator.State;

/// <summary>What the store held at the start: a state that opened, one that waits for its key, or nothing.</summary>
/// <param name="Opened">The state.</param>
/// <param name="Locked">The state that waits for its key.</param>
/// <param name="Newest">The last generations that the guard knows: what is made now counts on from there. 0 without a guard.</param>
internal sealed record LoadedState(CoordinatorState? Opened, LockedState? Locked, GuardedGenerations Newest);
