using MarbleRun.Coordinator.Diagnostics;
using MarbleRun.Coordinator.State;

namespace MarbleRun.Coordinator.Monitoring;

/// <summary>Whether Marbles can activate.</summary>
internal sealed class Readiness(CurrentState current, IEnumerable<IActivationObstacle> obstacles)
{
    /// <summary>The answer, and a sentence that says why.</summary>
    public (bool IsReady, string Sentence) Ask() => current.Value.Phase switch
    {
        CoordinatorPhase.AcceptingMarbles => AskObstacles(),
        CoordinatorPhase.AcceptingManifest => (false, "No manifest is set; Marbles can activate when one is."),
        _ => (false, "The sealed state is not open; Marbles can activate when it is recovered."),
    };

    /// <summary>All of them are asked, since asking begins attempts to go on.</summary>
    private (bool IsReady, string Sentence) AskObstacles()
    {
        string[] faults = [.. obstacles.Select(o => o.Find()).OfType<string>()];
        return faults.Length == 0 ? (true, "Marbles can activate.") : (false, $"Marbles cannot activate: {string.Join("; ", faults)}.");
    }
}
