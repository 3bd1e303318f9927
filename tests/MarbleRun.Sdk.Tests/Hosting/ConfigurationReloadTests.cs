using System.Collections.Concurrent;
using System.Text;
using MarbleRun.Activation.Targets;
using MarbleRun.Attestation;
using MarbleRun.Identity;
using MarbleRun.Secrets;
using MarbleRun.TestSupport;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;

namespace MarbleRun.Tests.Hosting;

/// <summary>The configuration of a host shows what the manifest gives now, and notifies those who use it.</summary>
public sealed class ConfigurationReloadTests : IAsyncLifetime
{
    private static readonly TimeSpan s_lifetime = TimeSpan.FromHours(24);

    private readonly WaitingClock _clock = new();
    private readonly TestAuthority _authority;
    private readonly RecordingLogs _logs = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("marble").FullName;
    private readonly ConcurrentDictionary<string, string> _variables = new();
    private FakeCoordinator _coordinator = null!;

    public ConfigurationReloadTests()
    {
        _authority = new TestAuthority(_clock);
        (_variables["Greeting__Text"], _variables["Greeting__Times"], _variables["OTHER"]) = ("hello", "2", "same");
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _coordinator = await FakeCoordinator.StartAsync(_authority);
        _coordinator.Renewals = new FakeRenewals(_authority)
        {
            Handler = call => Task.FromResult(
                FakeRenewals.Reply(_authority, FakeRenewals.Issue(_authority, call, t => t.NotAfter = s_lifetime)) with
                {
                    Parameters = new FakeReply { Version = "next", Environment = Variables() },
                }),
        };
        _coordinator.Handler = call =>
        {
            FakeReply reply = FakeCoordinator.Reply(
                _authority, _authority.IssueMarble(call.MarbleType, Guid.Parse(call.Uuid), t => t.NotAfter = s_lifetime));
            return new FakeReply { Version = "first", Environment = reply.Environment.Concat(Variables()).ToDictionary() };
        };
    }

    public async ValueTask DisposeAsync()
    {
        await _coordinator.DisposeAsync();
        _authority.Dispose();
        _logs.Dispose();
        Directory.Delete(_folder, recursive: true);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Renewal_OtherVariables_OptionsMonitorSeesThemWithoutARestart(bool early)
    {
        using IHost host = await StartAsync(early);
        IOptionsMonitor<Greeting> monitor = host.Services.GetRequiredService<IOptionsMonitor<Greeting>>();
        IConfiguration configuration = host.Services.GetRequiredService<IConfiguration>();
        Greeting first = monitor.CurrentValue;
        var changed = new TaskCompletionSource<Greeting>(TaskCreationOptions.RunContinuationsAsynchronously);
        using IDisposable? registration = monitor.OnChange(changed.SetResult);

        (_variables["Greeting__Text"], _variables["ADDED"]) = ("good day", "new");
        _variables.TryRemove("OTHER", out _);
        _clock.Advance(s_lifetime * 0.6);
        Greeting second = await changed.Task.WaitAsync(Token);

        Assert.Equal(("hello", 2), (first.Text, first.Times));
        Assert.Equal(("good day", 2), (second.Text, second.Times));
        Assert.Equal(("good day", "new", null), (configuration["Greeting:Text"], configuration["ADDED"], configuration["OTHER"]));
        Assert.Equal("good day", host.Services.GetRequiredService<MarbleSecrets>().GetText("Greeting__Text"));
        await host.StopAsync(Token);
    }

    [Fact]
    public async Task Renewal_SameVariables_NothingIsReloaded()
    {
        using IHost host = await StartAsync(early: true);
        IChangeToken configuration = host.Services.GetRequiredService<IConfiguration>().GetReloadToken();
        IChangeToken secrets = host.Services.GetRequiredService<MarbleSecrets>().GetChangeToken();

        await RenewAsync(host);
        await RenewAsync(host);

        Assert.False(configuration.HasChanged);
        Assert.False(secrets.HasChanged);
        await host.StopAsync(Token);
    }

    [Fact]
    public async Task Renewal_OtherVariables_ValuesThatTheAppSetInCodeStay()
    {
        using IHost host = await StartAsync(early: true);
        IConfiguration configuration = host.Services.GetRequiredService<IConfiguration>();
        (configuration["OTHER"], configuration["Own"]) = ("from the code", "from the code");
        Task changed = ChangeAsync(configuration);

        _variables["Greeting__Text"] = "good day";
        _clock.Advance(s_lifetime * 0.6);
        await changed.WaitAsync(Token);

        Assert.Equal(
            ("good day", "from the code", "from the code"), (configuration["Greeting:Text"], configuration["OTHER"], configuration["Own"]));
        await host.StopAsync(Token);
    }

    [Fact]
    public async Task Renewal_ValueThatTheAppCannotBind_IsNotLogged()
    {
        using IHost host = await StartAsync(early: true);
        IOptionsMonitor<Greeting> monitor = host.Services.GetRequiredService<IOptionsMonitor<Greeting>>();
        using IDisposable? registration = monitor.OnChange(_ => { });
        _ = monitor.CurrentValue;

        _variables["Greeting__Times"] = "hunter2";
        _clock.Advance(s_lifetime * 0.6);
        while (!_logs.Entries.Any(e => e.Contains("ParametersChangeFailed", StringComparison.Ordinal)))
        {
            Token.ThrowIfCancellationRequested();
            await Task.Delay(20, Token);
        }

        Assert.DoesNotContain(_logs.Entries, e => e.Contains("hunter2", StringComparison.Ordinal));
        Assert.Equal("hunter2", host.Services.GetRequiredService<IConfiguration>()["Greeting:Times"]);
        await host.StopAsync(Token);
    }

    [Fact]
    public async Task Renewal_HostOfTheOlderHostBuilder_ShowsTheNewVariables()
    {
        using IHost host = new HostBuilder()
            .ConfigureAppConfiguration(c => c.AddInMemoryCollection([KeyValuePair.Create("OTHER", (string?)"of the host")]))
            .ConfigureServices(services =>
            {
                AddServices(services);
                services.AddMarble(Set);
            })
            .Build();
        await host.StartAsync(Token);
        IConfiguration configuration = host.Services.GetRequiredService<IConfiguration>();
        IChangeToken changed = host.Services.GetRequiredService<MarbleSecrets>().GetChangeToken();
        var signal = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using IDisposable registration = changed.RegisterChangeCallback(_ => signal.SetResult(), state: null);
        string? first = configuration["Greeting:Text"];

        _variables["Greeting__Text"] = "good day";
        await RenewAsync(host);
        await signal.Task.WaitAsync(Token);
        await RenewAsync(host);

        Assert.Equal(("hello", "good day"), (first, configuration["Greeting:Text"]));
        await host.StopAsync(Token);
    }

    private static Task ChangeAsync(IConfiguration configuration)
    {
        var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        configuration.GetReloadToken().RegisterChangeCallback(_ => changed.SetResult(), state: null);
        return changed.Task;
    }

    private async Task<IHost> StartAsync(bool early)
    {
        HostApplicationBuilder builder = Host.CreateEmptyApplicationBuilder(settings: null);
        builder.Logging.AddProvider(_logs);
        AddServices(builder.Services);
        builder.Services.Configure<Greeting>(builder.Configuration.GetSection("Greeting"));
        if (early)
        {
            await builder.AddMarbleAsync(Set, Token);
        }
        else
        {
            builder.Services.AddMarble(Set);
        }

        IHost host = builder.Build();
        await host.StartAsync(Token);
        return host;
    }

    private void AddServices(IServiceCollection services)
    {
        services.AddSingleton<TimeProvider>(_clock);
        services.AddSingleton<IQuoteIssuer>(new FakeQuoteIssuer());
        services.AddSingleton<IParameterTarget>(new RefusingTarget());
    }

    private void Set(MarbleOptions options)
    {
        options.CoordinatorAddress = _coordinator.Address;
        options.MarbleType = "frontend";
        options.UuidFile = Path.Combine(_folder, "uuid");
        options.CoordinatorTrust = CoordinatorTrust.None;
    }

    private Dictionary<string, byte[]> Variables() => _variables.ToDictionary(v => v.Key, v => Encoding.UTF8.GetBytes(v.Value));

    /// <summary>
    /// Advances the clock to the renewal, and waits until the identity is replaced: what the renewal before it brought is in use then.
    /// </summary>
    private async Task RenewAsync(IHost host)
    {
        var changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using IDisposable registration = host.Services.GetRequiredService<IMarbleIdentityProvider>().Current.ChangeToken
            .RegisterChangeCallback(_ => changed.SetResult(), state: null);
        _clock.Advance(s_lifetime * 0.6);
        await changed.Task.WaitAsync(Token);
    }

    private sealed class Greeting
    {
        public string Text { get; set; } = string.Empty;

        public int Times { get; set; }
    }
}
