namespace MarbleRun.Coordinator.State;

/// <summary>A change that waits for the writer.</summary>
internal interface IPendingChange
{
    /// <summary>Whether it changes nothing but counters and the end of the audit trail, which are sealed without the rest.</summary>
    bool IsOfCountersAlone { get; }

    /// <summary>The state after the change; whatever it throws is the answer to the one who asked.</summary>
    CoordinatorState Apply(CoordinatorState state);

    void Succeed();

    void Fail(Exception exception);
}
