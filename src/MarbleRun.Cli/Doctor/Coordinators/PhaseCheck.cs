using MarbleRun.Management;

namespace MarbleRun.Cli.Doctor.Coordinators;

/// <summary>What the Coordinator waits for.</summary>
internal sealed class PhaseCheck() : CoordinatorCheck(
    "coordinator.phase", "what the Coordinator waits for", "docs/recovery.md#when-recovery-is-required")
{
    protected override IEnumerable<Finding> Look(Examination examination, CoordinatorFacts coordinator)
    {
        switch (coordinator.Phase)
        {
            case null:
                break;
            case CoordinatorPhase.Recovery:
                yield return Fail(
                    $"it waits for its recovery: {coordinator.Message}",
                    "it activates Marbles",
                    "The recovery parties upload their secrets: marblerun recover.");
                break;
            case CoordinatorPhase.AcceptingManifest:
                yield return Warn(
                    $"it has no manifest: {coordinator.Message}",
                    "it activates Marbles",
                    "Set the manifest: marblerun manifest set.");
                break;
            default:
                yield return Good($"it activates Marbles{(coordinator.Sealing is { } sealing ? $". State: {sealing}" : string.Empty)}");
                break;
        }
    }
}
