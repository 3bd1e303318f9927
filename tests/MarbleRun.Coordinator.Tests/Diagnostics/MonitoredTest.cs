using MarbleRun.TestSupport;

namespace MarbleRun.Coordinator.Tests.Diagnostics;

/// <summary>The base of tests that each have a Coordinator with a port for monitoring.</summary>
public abstract class MonitoredTest : CoordinatorTest
{
    private protected MonitoredHost Monitored { get; private set; } = null!;

    public override async ValueTask InitializeAsync() => Monitored = new MonitoredHost(await StartAsync(settings: MonitoredHost.Port));

    public override async ValueTask DisposeAsync()
    {
        await Monitored.DisposeAsync();
        await base.DisposeAsync();
        GC.SuppressFinalize(this);
    }
}
