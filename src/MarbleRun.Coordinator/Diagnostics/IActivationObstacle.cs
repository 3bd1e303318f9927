namespace MarbleRun.Coordinator.Diagnostics;

/// <summary>Something for which activations are refused, as the room that notices it tells readiness.</summary>
internal interface IActivationObstacle
{
    /// <summary>
    /// A sentence that says what is wrong, without a path or a secret, since anybody who reaches the metrics port reads it; null if nothing is. It waits for nothing; where
    /// only an attempt shows whether the fault is mended, one is begun beside, now and then, and the next question is answered by it.
    /// </summary>
    string? Find();
}
