namespace MarbleRun.TestSupport;

/// <summary>The base of tests that each have a Coordinator with the options of the start.</summary>
public abstract class RunningCoordinatorTest : CoordinatorTest
{
    public override async ValueTask InitializeAsync() => await StartAsync();
}
