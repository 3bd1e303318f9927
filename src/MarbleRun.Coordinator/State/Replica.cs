namespace MarbleRun.Coordinator.State;

/// <summary>One of the Coordinators that share a store.</summary>
/// <param name="Name">Its name, which no other one has; <see cref="Single"/> where one Coordinator has the store for itself.</param>
internal sealed record Replica(string Name)
{
    /// <summary>The name of a Coordinator that has the store for itself.</summary>
    public const string Single = "";

    /// <summary>Whether other Coordinators use the store, too.</summary>
    public bool IsOneOfSeveral => Name != Single;
}
