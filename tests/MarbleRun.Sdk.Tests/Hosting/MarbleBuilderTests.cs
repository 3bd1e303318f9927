using MarbleRun.Identity;
using MarbleRun.Tests.AspNetCore;
using MarbleRun.Tests.Tls;
using MarbleRun.TestSupport;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace MarbleRun.Tests.Hosting;

/// <summary>What a service adds to the result of <c>AddMarble()</c>.</summary>
public sealed class MarbleBuilderTests : IDisposable
{
    private readonly WaitingClock _clock = new();
    private readonly TestAuthority _authority;
    private readonly MarbleIdentity _identity;

    public MarbleBuilderTests()
    {
        _authority = new TestAuthority(_clock);
        _identity = TestIdentities.Create(_authority, "backend");
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _authority.Dispose();

    [Fact]
    public void Configure_AfterAddMarble_OverridesItsOptions()
    {
        var services = new ServiceCollection();
        services.AddMarble(o => o.MarbleType = "first")
            .Configure(o => o.MarbleType = "second")
            .Configure(o => o.CoordinatorTrust = CoordinatorTrust.None);
        using ServiceProvider provider = services.BuildServiceProvider();

        MarbleOptions options = provider.GetRequiredService<IOptionsFactory<MarbleOptions>>().Create(Options.DefaultName);

        Assert.Equal(("second", CoordinatorTrust.None), (options.MarbleType, options.CoordinatorTrust));
    }

    [Fact]
    public async Task AddHealthCheck_WithTags_ReportsTheMarble()
    {
        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(_clock);
        services.AddMarble(TestIdentities.Activate(_identity)).AddHealthCheck("mesh", tags: ["ready"]);
        await using ServiceProvider provider = services.BuildServiceProvider();

        HealthReport report = await provider.GetRequiredService<HealthCheckService>().CheckHealthAsync(Token);

        HealthReportEntry entry = Assert.Single(report.Entries, e => e.Key == "mesh").Value;
        Assert.Equal(["ready"], entry.Tags);
        Assert.Equal("backend", entry.Data["marbleType"]);
    }

    [Fact]
    [Trait("Security", "E3")]
    public async Task UseForAllHttpClients_AnyClient_ShowsTheIdentityAndAcceptsOnlyTheNamedMarbles()
    {
        await using MarbleServer server = await MarbleServer.StartAsync(_identity, _clock);
        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(_clock);
        services.AddHttpClient("orders");
        services.AddMarble(TestIdentities.Activate(TestIdentities.Create(_authority, "frontend")))
            .UseForAllHttpClients(o => o.PeerPolicy = MarblePeerPolicy.AllowTypes("backend"));
        await using ServiceProvider provider = services.BuildServiceProvider();
        var others = new ServiceCollection();
        others.AddSingleton<TimeProvider>(_clock);
        others.AddHttpClient();
        others.AddMarble(TestIdentities.Activate(TestIdentities.Create(_authority, "frontend")))
            .UseForAllHttpClients(o => o.PeerPolicy = MarblePeerPolicy.AllowTypes("database"));
        await using ServiceProvider refusing = others.BuildServiceProvider();

        string answer = await provider.GetRequiredService<IHttpClientFactory>().CreateClient("orders").GetStringAsync(
            new Uri(server.Https, "/frontend"), Token);

        Assert.Equal("frontend", answer);
        await Assert.ThrowsAsync<HttpRequestException>(
            () => refusing.GetRequiredService<IHttpClientFactory>().CreateClient("any").GetStringAsync(server.Https, Token));
    }
}
