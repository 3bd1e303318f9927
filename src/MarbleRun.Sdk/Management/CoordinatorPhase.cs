namespace MarbleRun.Management;

/// <summary>What the Coordinator does or waits for; the numbers are those of the client API.</summary>
public enum CoordinatorPhase
{
    /// <summary>Not specified.</summary>
    Unknown = 0,

    /// <summary>The Coordinator cannot open its state and waits for the recovery key.</summary>
    Recovery = 1,

    /// <summary>The Coordinator waits for a manifest.</summary>
    AcceptingManifest = 2,

    /// <summary>The Coordinator activates Marbles.</summary>
    AcceptingMarbles = 3,
}
