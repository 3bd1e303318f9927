namespace MarbleRun.Management;

/// <summary>The status of the Coordinator.</summary>
/// <param name="Phase">What it does or waits for.</param>
/// <param name="Message">The Coordinator's own description of it.</param>
public sealed record CoordinatorStatus(CoordinatorPhase Phase, string Message);
