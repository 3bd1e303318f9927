using System.ComponentModel.DataAnnotations;
using System.Text;
using MarbleRun.Activation;
using MarbleRun.Activation.Targets;
using MarbleRun.Attestation;
using MarbleRun.Identity;
using MarbleRun.Secrets;
using MarbleRun.TestSupport;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace MarbleRun.Tests.Hosting;

/// <summary>A builder that is a Marble before its services are registered.</summary>
public sealed class EarlyActivationTests : IDisposable
{
    private readonly WaitingClock _clock = new();
    private readonly TestAuthority _authority;
    private readonly TemporaryDirectory _directory = new();

    public EarlyActivationTests()
    {
        _authority = new TestAuthority(_clock);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        _authority.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task AddMarble_OfTheBuilder_ShowsTheManifestsVariablesToTheNextLine()
    {
        await using FakeCoordinator coordinator = await StartCoordinatorAsync();
        HostApplicationBuilder builder = CreateBuilder();

        builder.AddMarble(o => Configure(o, coordinator));

        Assert.Equal("from the manifest", builder.Configuration["Database:Password"]);
        using IHost host = builder.Build();
        Assert.Equal("frontend", host.Services.GetRequiredService<IMarbleIdentityProvider>().Current.MarbleType);
        Assert.Equal("from the manifest", host.Services.GetRequiredService<MarbleSecrets>().GetText("Database__Password"));
    }

    [Fact]
    public async Task ValidateOnStart_OfOptionsThatNeedASecret_IsSatisfied()
    {
        await using FakeCoordinator coordinator = await StartCoordinatorAsync();
        HostApplicationBuilder builder = CreateBuilder();
        await builder.AddMarbleAsync(o => Configure(o, coordinator), Token);
        builder.Services.AddOptions<DatabaseOptions>().BindConfiguration("Database").ValidateDataAnnotations().ValidateOnStart();
        using IHost host = builder.Build();

        await host.StartAsync(Token);

        Assert.Equal(
            "from the manifest", host.Services.GetRequiredService<Microsoft.Extensions.Options.IOptions<DatabaseOptions>>().Value.Password);
        await host.StopAsync(Token);
    }

    [Fact]
    public async Task AddMarble_OfAWebApplication_ServesWithTheIdentityAndTheManifestsRules()
    {
        await using FakeCoordinator coordinator = await StartCoordinatorAsync();
        WebApplicationBuilder builder = WebApplication.CreateBuilder();
        AddPlatform(builder);
        builder.WebHost.UseUrls("https://127.0.0.1:0");

        builder.AddMarble(o => Configure(o, coordinator));
        await using WebApplication app = builder.Build();
        app.MapGet("/", () => "hello").RequireMarble("frontend");
        await app.StartAsync(Token);

        MarbleIdentity identity = app.Services.GetRequiredService<IMarbleIdentityProvider>().Current;
        using var client = new HttpClient(new SocketsHttpHandler
        {
            SslOptions = MarbleRun.Tls.MarbleTls.CreateClientOptions(app.Services, MarblePeerPolicy.AllowTypes("frontend"), "127.0.0.1"),
        });
        Assert.Equal("hello", await client.GetStringAsync(new Uri(app.Urls.Single()), Token));
        Assert.Equal("frontend", identity.MarbleType);
    }

    [Fact]
    public async Task AddMarble_Twice_IsRefusedBeforeAnythingIsSent()
    {
        HostApplicationBuilder builder = CreateBuilder();
        builder.Services.AddMarble();

        InvalidOperationException exception = await Assert.ThrowsAsync<InvalidOperationException>(
            () => builder.AddMarbleAsync(_ => { }, Token));

        Assert.Contains("Call builder.AddMarble() once", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AddMarble_QuoteIssuerRegisteredByType_IsRefusedInsteadOfIgnored()
    {
        await using FakeCoordinator coordinator = await StartCoordinatorAsync();
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        builder.Services.AddSingleton<IQuoteIssuer, FakeQuoteIssuer>();

        InvalidOperationException exception = Assert.Throws<InvalidOperationException>(
            () => builder.AddMarble(o => Configure(o, coordinator)));

        Assert.StartsWith("IQuoteIssuer is registered by type or factory", exception.Message, StringComparison.Ordinal);
    }

    private async Task<FakeCoordinator> StartCoordinatorAsync()
    {
        FakeCoordinator coordinator = await FakeCoordinator.StartAsync(_authority);
        Func<FakeActivation, FakeReply> answer = coordinator.Handler;
        coordinator.Handler = call =>
        {
            FakeReply reply = answer(call);
            reply.Environment["Database__Password"] = Encoding.UTF8.GetBytes("from the manifest");
            return reply;
        };
        return coordinator;
    }

    private HostApplicationBuilder CreateBuilder()
    {
        HostApplicationBuilder builder = Host.CreateApplicationBuilder();
        AddPlatform(builder);
        return builder;
    }

    private void AddPlatform(IHostApplicationBuilder builder)
    {
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton<TimeProvider>(_clock);
        builder.Services.AddSingleton<IQuoteIssuer>(new FakeQuoteIssuer());
        builder.Services.AddSingleton<IParameterTarget>(new NoTarget());
    }

    private void Configure(MarbleOptions options, FakeCoordinator coordinator)
    {
        options.MarbleType = "frontend";
        options.CoordinatorAddress = coordinator.Address;
        options.UuidFile = _directory.File("uuid");
        options.CoordinatorTrust = CoordinatorTrust.PinRoots(CoordinatorTrust.FingerprintOf(_authority.Root));
    }

    public sealed class DatabaseOptions
    {
        [Required]
        public string? Password { get; set; }
    }

    /// <summary>Leaves the process of the tests as it is.</summary>
    private sealed class NoTarget : IParameterTarget
    {
        public void WriteFile(string path, ReadOnlyMemory<byte> content) => throw new NotSupportedException();

        public void SetVariable(string name, string value)
        {
        }
    }
}
