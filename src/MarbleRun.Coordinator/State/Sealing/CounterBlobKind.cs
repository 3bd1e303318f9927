namespace MarbleRun.Coordinator.State.Sealing;

/// <summary>Which of the two blobs of counters one is; the numbers stand in the blob.</summary>
internal enum CounterBlobKind : byte
{
    /// <summary><c>sealed_counters</c>: what was raised since the base.</summary>
    Recent = 1,

    /// <summary><c>sealed_counters_base</c>: all counters of one moment.</summary>
    Base = 2,
}
