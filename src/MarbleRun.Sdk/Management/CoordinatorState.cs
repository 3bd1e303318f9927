namespace MarbleRun.Management;

/// <summary>What the Coordinator is waiting for; the numbers are those of the client API.</summary>
public enum CoordinatorState
{
    /// <summary>Not told.</summary>
    Unknown = 0,

    /// <summary>It cannot open its state and waits for the recovery key.</summary>
    Recovery = 1,

    /// <summary>It waits for a manifest.</summary>
    AcceptingManifest = 2,

    /// <summary>It activates Marbles.</summary>
    AcceptingMarbles = 3,
}
