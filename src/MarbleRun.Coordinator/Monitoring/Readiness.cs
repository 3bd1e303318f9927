using MarbleRun.Coordinator.State;

namespace MarbleRun.Coordinator.Monitoring;

/// <summary>Whether Marbles can activate.</summary>
internal sealed class Readiness(CurrentState current)
{
    /// <summary>The answer, and a sentence that says why.</summary>
    public (bool IsReady, string Sentence) Ask() => current.Value.Phase switch
    {
        CoordinatorPhase.AcceptingMarbles => (true, "Marbles can activate."),
        CoordinatorPhase.AcceptingManifest => (false, "No manifest is set; Marbles can activate when one is."),
        _ => (false, "The sealed state is not open; Marbles can activate when it is recovered."),
    };
}
