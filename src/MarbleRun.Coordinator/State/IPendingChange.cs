namespace MarbleRun.Coordinator.State;

/// <summary>A change that waits for the writer.</summary>
internal interface IPendingChange
{
    /// <summary>The state after the change; whatever it throws is the answer to the one who asked.</summary>
    CoordinatorState Apply(CoordinatorState state);

    void Succeed();

    void Fail(Exception exception);
}
