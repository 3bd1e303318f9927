namespace MarbleRun.Management;

/// <summary>The status of the Coordinator.</summary>
/// <param name="State">Its state.</param>
/// <param name="Message">The Coordinator's own description of its state.</param>
public sealed record CoordinatorStatus(CoordinatorState State, string Message);
