using System.Net;
using System.Net.Sockets;
using MarbleRun.Activation.Renewal;
using MarbleRun.Hosting;
using MarbleRun.Identity;
using MarbleRun.TestSupport;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace MarbleRun.Tests.Hosting;

/// <summary>The health of a Marble says long before the end of its certificate that the renewal is late, and why.</summary>
public sealed class RenewalHealthTests : IDisposable
{
    private readonly WaitingClock _clock = new();
    private readonly TestAuthority _authority;
    private readonly TcpListener _coordinator = new(IPAddress.Loopback, 0);
    private readonly MarbleIdentityProvider _provider = new();
    private readonly RenewalStatus _status = new() { IsRunning = true };
    private readonly CoordinatorReach _reach;
    private readonly MarbleHealthCheck _check;
    private readonly DateTimeOffset _start;

    public RenewalHealthTests()
    {
        _authority = new TestAuthority(_clock);
        _coordinator.Start();
        _start = _clock.GetUtcNow();
        _reach = new CoordinatorReach(
            Options.Create(new MarbleOptions { CoordinatorAddress = $"{_coordinator.LocalEndpoint}" }), _clock);
        _check = new MarbleHealthCheck(_provider, _status, _reach, _clock);
        var self = new MarblePeer("backend", Guid.NewGuid());
        _provider.Publish(new MarbleIdentity(
            self,
            _authority.IssueMarble(self.MarbleType, self.Id, t => t.NotAfter = TimeSpan.FromHours(24)),
            [_authority.Intermediate],
            _authority.MarbleRoot,
            _authority.Root)
        {
            Since = _start,
        });
    }

    public void Dispose()
    {
        _reach.Dispose();
        _authority.Dispose();
        _coordinator.Dispose();
    }

    [Theory]
    [InlineData(0, HealthStatus.Healthy)]
    [InlineData(15.9, HealthStatus.Healthy)]
    [InlineData(16.1, HealthStatus.Degraded)]
    [InlineData(23.9, HealthStatus.Degraded)]
    [InlineData(24.1, HealthStatus.Unhealthy)]
    [Trait("Security", "D8")]
    public async Task Check_RenewalFailed_IsDegradedFromTwoThirdsAndUnhealthyAtTheEnd(double hours, HealthStatus expected)
    {
        _status.Fail(_start.AddHours(12), "The Coordinator refused: this Marble is revoked.");
        _clock.Advance(TimeSpan.FromHours(hours));

        HealthCheckResult result = await _check.CheckHealthAsync(new HealthCheckContext(), TestContext.Current.CancellationToken);

        Assert.Equal(expected, result.Status);
        Assert.Equal(
            expected != HealthStatus.Healthy,
            result.Description!.Contains(
                $"The last attempt to renew it failed at {_start.AddHours(12):u}: The Coordinator refused: this Marble is revoked.",
                StringComparison.Ordinal));
    }

    [Fact]
    public async Task Check_ParametersWereNotReplaced_IsDegradedUntilTheyAre()
    {
        _status.ParametersFault = (_start, "The file '/etc/x' is not in a folder that the app accepts files in.");

        HealthCheckResult failed = await _check.CheckHealthAsync(new HealthCheckContext(), TestContext.Current.CancellationToken);
        _status.ParametersFault = null;
        HealthCheckResult replaced = await _check.CheckHealthAsync(new HealthCheckContext(), TestContext.Current.CancellationToken);

        Assert.Equal((HealthStatus.Degraded, HealthStatus.Healthy), (failed.Status, replaced.Status));
        Assert.Contains("The file '/etc/x' is not in a folder", failed.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Check_ProcessThatDoesNotRenew_SaysSo()
    {
        _status.IsRunning = false;
        _clock.Advance(TimeSpan.FromHours(20));

        HealthCheckResult result = await _check.CheckHealthAsync(new HealthCheckContext(), TestContext.Current.CancellationToken);

        Assert.Equal(HealthStatus.Degraded, result.Status);
        Assert.Contains("This process does not renew it.", result.Description, StringComparison.Ordinal);
    }
}
