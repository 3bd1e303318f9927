namespace MarbleRun.Management;

/// <summary>How the Coordinator is.</summary>
/// <param name="State">What it waits for.</param>
/// <param name="Message">The Coordinator's own sentence about it.</param>
public sealed record CoordinatorStatus(CoordinatorState State, string Message);
