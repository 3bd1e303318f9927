namespace MarbleRun.Coordinator.Diagnostics;

/// <summary>A reason for which activations are refused, reported to the readiness check by the room that detects it.</summary>
internal interface IActivationObstacle
{
    /// <summary>
    /// A message that describes the problem, without a path or a secret, because anyone who reaches the metrics port can read it; null if
    /// there is no problem. The call does not wait. If only an attempt can show whether the problem is fixed, an attempt is started in the
    /// background at intervals, and the next call returns its result.
    /// </summary>
    string? Find();
}
