namespace MarbleRun.Coordinator.Limits;

/// <summary>What came of asking for a place.</summary>
internal enum PlaceOutcome
{
    /// <summary>All places are taken.</summary>
    AllFull,

    /// <summary>There are places, but this address has as many as it may have.</summary>
    CallerFull,

    /// <summary>It was taken, and must be left again.</summary>
    Taken,
}
