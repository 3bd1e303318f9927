namespace MarbleRun.Coordinator.State.Stores;

/// <summary>The blobs that stand beside the state.</summary>
internal static class BlobNames
{
    /// <summary>The counters that were raised last; it says how old the others may be.</summary>
    public const string Counters = "counters";

    /// <summary>All counters of an earlier moment, once they are many.</summary>
    public const string CountersBase = "counters_base";

    public static IReadOnlyList<string> All { get; } = [Counters, CountersBase];
}
