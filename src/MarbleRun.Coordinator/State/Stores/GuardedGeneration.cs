namespace MarbleRun.Coordinator.State.Stores;

/// <summary>One generation of sealed state or counters.</summary>
/// <param name="Number">Its number; 0 if there never was one.</param>
/// <param name="Seal">
/// Which of all that were ever sealed under this number it is, in lower-case hexadecimal: the number of a commit that was never answered is
/// used again. Null if it is not known.
/// </param>
public readonly record struct GuardedGeneration(ulong Number, string? Seal);
