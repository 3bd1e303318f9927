namespace MarbleRun.Cli.Dashboard.Views;

/// <summary>What the dashboard knows about the Coordinator now.</summary>
internal enum WatchPhase
{
    /// <summary>The last refresh came from the verified Coordinator.</summary>
    Live,

    /// <summary>The verified Coordinator does not answer; what is shown is older.</summary>
    Unreachable,

    /// <summary>Something else answers at the address. Nothing is shown, and nothing is asked any more.</summary>
    Stopped,
}
