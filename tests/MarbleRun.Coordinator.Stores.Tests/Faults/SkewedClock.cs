namespace MarbleRun.Coordinator.Stores.Tests.Faults;

/// <summary>A clock that is wrong by the same time always.</summary>
internal sealed class SkewedClock(TimeSpan skew) : TimeProvider
{
    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + skew;
}
