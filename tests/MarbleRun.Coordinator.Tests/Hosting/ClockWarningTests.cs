using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace MarbleRun.Coordinator.Tests.Hosting;

public sealed class ClockWarningTests : CoordinatorTest
{
    [Theory]
    [Trait("Security", "D13")]
    [InlineData(0, false)]
    [InlineData(-3, true)]
    [InlineData(110_000, true)]
    public async Task Start_ClockOutsideTheValidityOfTheOwnRoot_WarnsWithBothTimes(int days, bool warns)
    {
        var made = DateTimeOffset.UtcNow;
        await using (await StartAtAsync(made))
        {
        }

        CoordinatorHost host = await StartAtAsync(made.AddDays(days));

        string? warning = host.Logs.Entries.FirstOrDefault(e => e.Contains("RootNotValidNow", StringComparison.Ordinal));
        Assert.Equal(warns, warning is not null);
        if (warns)
        {
            Assert.Contains(
                $"the clock of this machine says {made.AddDays(days).UtcDateTime:yyyy-MM-dd}", warning, StringComparison.Ordinal);
        }
    }

    private Task<CoordinatorHost> StartAtAsync(DateTimeOffset now) =>
        StartAsync(services => services.AddSingleton<TimeProvider>(new FakeTimeProvider(now)));
}
