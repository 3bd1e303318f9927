using System.Text;
using MarbleRun.Activation;
using MarbleRun.Attestation;
using MarbleRun.Identity;
using MarbleRun.Tests.Tls;
using MarbleRun.TestSupport;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MarbleRun.Tests.Hosting;

public sealed class AddMarbleTests : IDisposable
{
    private readonly WaitingClock _clock = new();
    private readonly TestAuthority _authority;
    private readonly string _folder = Directory.CreateTempSubdirectory("marble").FullName;

    public AddMarbleTests()
    {
        _authority = new TestAuthority(_clock);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _authority.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task AddMarble_HostStarts_ActivatesBeforeOtherServicesStart()
    {
        await using FakeCoordinator coordinator = await FakeCoordinator.StartAsync(_authority);
        var seen = new IdentityAtStart();
        await using WebApplication app = Build(coordinator, services => services.AddSingleton<IHostedService>(s => seen.With(s)));

        await app.StartAsync(Token);

        Assert.Equal("frontend", seen.MarbleType);
        Assert.Equal("frontend", app.Services.GetRequiredService<IMarbleIdentityProvider>().Current.MarbleType);
    }

    [Fact]
    public void AddMarble_WorkerInDevelopment_HasAllServicesThatItsHostChecks()
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder(
            new HostApplicationBuilderSettings { EnvironmentName = Environments.Development });
        builder.Services.AddMarble();

        using IHost host = builder.Build();

        Assert.Contains(host.Services.GetServices<IHostedService>(), s => s.GetType().Assembly == typeof(MarbleOptions).Assembly);
    }

    [Fact]
    [Trait("Security", "E7")]
    public async Task AddMarble_SecretsInTheReply_AreInNoLogOfTheHostAtTrace()
    {
        const string canary = "canary-5b07d1";
        using var logs = new RecordingLogs();
        string key = string.Empty;
        await using FakeCoordinator coordinator = await FakeCoordinator.StartAsync(_authority);
        coordinator.Handler = call =>
        {
            FakeReply reply = FakeCoordinator.Reply(_authority, _authority.IssueMarble(call.MarbleType, Guid.Parse(call.Uuid)));
            key = Encoding.UTF8.GetString(reply.Environment["MARBLE_PREDEFINED_PRIVATE_KEY"]).Split('\n')[1];
            reply.Environment["CANARY_VARIABLE_OF_HOST"] = Encoding.UTF8.GetBytes(canary);
            reply.Files[Path.Combine(_folder, "canary")] = Encoding.UTF8.GetBytes(canary);
            return reply;
        };
        await using WebApplication app = Build(
            coordinator, services => services.AddLogging(l => l.AddProvider(logs).SetMinimumLevel(LogLevel.Trace)));

        await app.StartAsync(Token);
        await app.StopAsync(Token);

        Assert.Contains(logs.Entries, e => e.Contains("Activated", StringComparison.Ordinal));
        Assert.DoesNotContain(logs.Entries, e => e.Contains(canary, StringComparison.Ordinal) || e.Contains(key, StringComparison.Ordinal));
    }

    [Fact]
    public async Task AddMarble_ActivationRefused_HostDoesNotStart()
    {
        await using FakeCoordinator coordinator = await FakeCoordinator.StartAsync(_authority);
        coordinator.Handler = _ => throw new Grpc.Core.RpcException(new Grpc.Core.Status(Grpc.Core.StatusCode.PermissionDenied, "no"));
        await using WebApplication app = Build(coordinator);

        MarbleActivationException exception = await Assert.ThrowsAsync<MarbleActivationException>(() => app.StartAsync(Token));

        Assert.Equal(MarbleActivationFailure.Denied, exception.Failure);
        Assert.Throws<MarbleNotActivatedException>(() => app.Services.GetRequiredService<IMarbleIdentityProvider>().Current);
    }

    [Fact]
    public async Task AddMarble_OptionsWrong_HostReportsAllComplaints()
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddMarble(o =>
        {
            o.MarbleType = string.Empty;
            o.CoordinatorAddress = "nowhere";
        });
        await using WebApplication app = builder.Build();

        OptionsValidationException exception = await Assert.ThrowsAsync<OptionsValidationException>(() => app.StartAsync(Token));

        Assert.Equal(3, exception.Failures.Count());
    }

    [Fact]
    public async Task AddMarble_NoPlatformAndNoSimulation_HostSaysSo()
    {
        await using FakeCoordinator coordinator = await FakeCoordinator.StartAsync(_authority);
        await using WebApplication app = Build(
            coordinator, services => services.Remove(services.Single(s => s.ServiceType == typeof(IQuoteIssuer))));

        AttestationException exception = await Assert.ThrowsAsync<AttestationException>(() => app.StartAsync(Token));

        Assert.Equal(AttestationFailure.PlatformUnavailable, exception.Failure);
        Assert.Empty(coordinator.Calls);
    }

    [Fact]
    public void AddMarble_Twice_RegistersOnce()
    {
        var once = new ServiceCollection();
        once.AddMarble();
        var twice = new ServiceCollection();
        twice.AddMarble();
        twice.AddMarble();

        Assert.Equal(Describe(once), Describe(twice));

        static List<string> Describe(ServiceCollection services) =>
            [.. services
                .Where(s => s.ServiceType != typeof(IConfigureOptions<MarbleOptions>))
                .Select(s => $"{s.ServiceType} {s.ImplementationType}")];
    }

    [Fact]
    public void AddMarble_TwiceWithOptions_AppliesBoth()
    {
        var services = new ServiceCollection();
        services.AddMarble(o =>
        {
            o.MarbleType = "frontend";
            o.CoordinatorTrust = CoordinatorTrust.None;
        });
        services.AddMarble(o => o.DnsNames = ["front.example"]);

        MarbleOptions options = services.BuildServiceProvider().GetRequiredService<IOptions<MarbleOptions>>().Value;

        Assert.Equal("frontend", options.MarbleType);
        Assert.Equal(["front.example"], options.DnsNames);
    }

    [Fact]
    public void AddMarble_ActivationAfterAddMarble_IsRefused()
    {
        var services = new ServiceCollection();
        services.AddMarble();

        Assert.Throws<InvalidOperationException>(
            () => services.AddMarble(TestIdentities.Activate(TestIdentities.Create(_authority, "frontend"))));
    }

    private WebApplication Build(FakeCoordinator coordinator, Action<IServiceCollection>? change = null)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("https://127.0.0.1:0");
        builder.Services.AddSingleton<TimeProvider>(_clock);
        builder.Services.AddSingleton<IQuoteIssuer, FakeQuoteIssuer>();
        builder.Services.AddMarble(o =>
        {
            o.MarbleType = "frontend";
            o.CoordinatorAddress = coordinator.Address;
            o.UuidFile = Path.Combine(_folder, "uuid");
            o.CoordinatorTrust = CoordinatorTrust.PinRoots(CoordinatorTrust.FingerprintOf(_authority.Root));
            o.FileRoots.Add(_folder);
        });
        change?.Invoke(builder.Services);
        return builder.Build();
    }

    private sealed class IdentityAtStart : IHostedService
    {
        private IServiceProvider? _services;

        public string? MarbleType { get; private set; }

        public IdentityAtStart With(IServiceProvider services)
        {
            _services = services;
            return this;
        }

        public Task StartAsync(CancellationToken cancellationToken)
        {
            MarbleType = _services!.GetRequiredService<IMarbleIdentityProvider>().Current.MarbleType;
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}
