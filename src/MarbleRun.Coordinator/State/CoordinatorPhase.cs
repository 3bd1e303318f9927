namespace MarbleRun.Coordinator.State;

/// <summary>What the Coordinator waits for; the numbers are those of the status endpoint.</summary>
internal enum CoordinatorPhase
{
    /// <summary>There is a sealed state whose key this machine cannot open: its parties must give it back.</summary>
    Recovery = 1,

    /// <summary>A manifest may be set.</summary>
    AcceptingManifest = 2,

    /// <summary>A manifest is set; Marbles may activate.</summary>
    AcceptingMarbles = 3,
}
