using System.Net;
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
using Microsoft.Extensions.Options;

namespace MarbleRun.Tests.Hosting;

/// <summary>Where the manifest's files and variables go when a host activates, and what its configuration shows of them.</summary>
public sealed class ParameterTargetTests : IAsyncLifetime
{
    private readonly WaitingClock _clock = new();
    private readonly TemporaryDirectory _directory = new();
    private readonly string _variable = $"MARBLE_TEST_{Guid.NewGuid():N}";
    private TestAuthority _authority = null!;
    private FakeCoordinator _coordinator = null!;
    private readonly Dictionary<string, string> _more = [];
    private string _key = string.Empty;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _authority = new TestAuthority(_clock);
        _coordinator = await FakeCoordinator.StartAsync(_authority);
        _coordinator.Handler = call =>
        {
            FakeReply reply = FakeCoordinator.Reply(_authority, _authority.IssueMarble(call.MarbleType, Guid.Parse(call.Uuid)));
            _key = Encoding.UTF8.GetString(reply.Environment["MARBLE_PREDEFINED_PRIVATE_KEY"]);
            reply.Environment[_variable] = "from the manifest"u8.ToArray();
            reply.Environment[$"{_variable}__Below"] = "a section"u8.ToArray();
            foreach ((string name, string value) in _more)
            {
                reply.Environment[name] = Encoding.UTF8.GetBytes(value);
            }

            reply.Files[_directory.File("b")] = "second"u8.ToArray();
            reply.Files[_directory.File("a")] = "first"u8.ToArray();
            return reply;
        };
    }

    public async ValueTask DisposeAsync()
    {
        Environment.SetEnvironmentVariable(_variable, null);
        Environment.SetEnvironmentVariable($"{_variable}__Below", null);
        await _coordinator.DisposeAsync();
        _authority.Dispose();
        _directory.Dispose();
    }

    [Fact]
    public async Task Start_VariableOfTheManifest_IsInTheConfigurationOfServicesAndRequests()
    {
        WebApplicationBuilder builder = CreateBuilder("--" + _variable, "from the command line", "--Marble:AllowPlaintext", "true");
        string? whileStarting = null;
        builder.Services.AddHostedService(s => new AtStart(() => whileStarting = s.GetRequiredService<IConfiguration>()[_variable]));
        await using WebApplication app = builder.Build();
        app.MapGet("/", (IConfiguration configuration) => $"{configuration[_variable]}, {builder.Configuration[$"{_variable}:Below"]}");

        await app.StartAsync(Token);

        using var client = new HttpClient { BaseAddress = new Uri(app.Urls.Single(u => u.StartsWith("http:", StringComparison.Ordinal))) };
        Assert.Equal("from the manifest, a section", await client.GetStringAsync(new Uri("/", UriKind.Relative), Token));
        Assert.Equal("from the manifest", whileStarting);
        Assert.Equal("from the manifest", Environment.GetEnvironmentVariable(_variable));
    }

    [Fact]
    public async Task Start_WhatTheAppHasSetOverOtherSources_Stays()
    {
        WebApplicationBuilder builder = CreateBuilder("--Greeting", "from the command line");
        builder.Configuration["Greeting"] = "from the code";
        await using WebApplication app = builder.Build();

        await app.StartAsync(Token);

        Assert.Equal("from the code", app.Configuration["Greeting"]);
    }

    [Fact]
    [Trait("Security", "E7")]
    public async Task Start_KeyOfTheIdentity_IsNotInTheConfiguration()
    {
        await using WebApplication app = CreateBuilder().Build();

        await app.StartAsync(Token);

        Assert.NotEmpty(_key);
        Assert.DoesNotContain(app.Configuration.AsEnumerable(), c => c.Value == _key);
    }

    [Fact]
    [Trait("Security", "E7")]
    public async Task Start_ValuesOfTheManifest_AreInMarbleSecretsAndThoseOfTheIdentityAreNot()
    {
        await using WebApplication app = CreateBuilder().Build();
        MarbleSecrets secrets = app.Services.GetRequiredService<MarbleSecrets>();
        Assert.Throws<MarbleNotActivatedException>(() => secrets.Names);

        await app.StartAsync(Token);

        Assert.Equal("from the manifest", secrets.GetText(_variable));
        Assert.Equal("first"u8.ToArray(), secrets.GetBytes(_directory.File("a")));
        Assert.Equal([_directory.File("a"), _directory.File("b"), _variable, $"{_variable}__Below"], secrets.Names);
    }

    [Fact]
    [Trait("Security", "E7")]
    public async Task Start_OfTheOlderHostBuilder_ShowsTheVariablesAndNotTheKeyOfTheIdentity()
    {
        using IHost host = new HostBuilder()
            .ConfigureAppConfiguration(c => c.AddEnvironmentVariables())
            .ConfigureServices(AddMarble)
            .Build();

        await host.StartAsync(Token);

        IConfiguration configuration = host.Services.GetRequiredService<IConfiguration>();
        Assert.Equal("from the manifest", configuration[_variable]);
        Assert.Equal("a section", configuration[$"{_variable}:Below"]);
        Assert.DoesNotContain(configuration.AsEnumerable(), c => c.Value == _key);
    }

    [Fact]
    public async Task Start_OfTheOlderHostBuilderWithATargetOfTheApp_ShowsTheVariables()
    {
        using IHost host = new HostBuilder()
            .ConfigureServices(AddMarble)
            .ConfigureServices(s => s.AddSingleton<IParameterTarget>(new RecordingTarget()))
            .Build();

        await host.StartAsync(Token);

        Assert.Equal("from the manifest", host.Services.GetRequiredService<IConfiguration>()[_variable]);
    }

    [Fact]
    [Trait("Security", "G8")]
    public async Task Start_HostLetsAnyCallerIn_ManifestThatRequiresMarblesWins()
    {
        _more["Marble__RequireMarbleClients"] = "true";
        _more["Marble__AllowPlaintext"] = "false";
        WebApplicationBuilder builder = CreateBuilder("--Marble:RequireMarbleClients", "false", "--Marble:AllowPlaintext", "true");
        builder.Services.AddSingleton<IParameterTarget>(new RecordingTarget());
        await using WebApplication app = Build(builder);

        await app.StartAsync(Token);

        using HttpClient outsider = CreateOutsider(app, "https:");
        using HttpClient plain = CreateOutsider(app, "http:");
        await Assert.ThrowsAsync<HttpRequestException>(() => outsider.GetStringAsync(new Uri("/", UriKind.Relative), Token));
        using HttpResponseMessage refused = await plain.GetAsync(new Uri("/", UriKind.Relative), Token);
        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
    }

    [Fact]
    public async Task Start_ManifestLetsAnyCallerIn_WhatTheCodeSaysWins()
    {
        _more["Marble__RequireMarbleClients"] = "false";
        WebApplicationBuilder builder = CreateBuilder();
        builder.Services.AddMarble(o => o.RequireMarbleClients = true);
        builder.Services.AddSingleton<IParameterTarget>(new RecordingTarget());
        await using WebApplication app = Build(builder);

        await app.StartAsync(Token);

        using HttpClient outsider = CreateOutsider(app, "https:");
        await Assert.ThrowsAsync<HttpRequestException>(() => outsider.GetStringAsync(new Uri("/", UriKind.Relative), Token));
    }

    [Fact]
    public async Task Start_ManifestLetsAnyCallerIn_CallersAreLetIn()
    {
        _more["Marble__RequireMarbleClients"] = "false";
        WebApplicationBuilder builder = CreateBuilder();
        builder.Services.AddSingleton<IParameterTarget>(new RecordingTarget());
        await using WebApplication app = Build(builder);

        await app.StartAsync(Token);

        using HttpClient outsider = CreateOutsider(app, "https:");
        Assert.Equal("hello", await outsider.GetStringAsync(new Uri("/", UriKind.Relative), Token));
    }

    [Fact]
    public async Task Start_WithATargetOfTheApp_LeavesTheProcessAlone()
    {
        var target = new RecordingTarget();
        WebApplicationBuilder builder = CreateBuilder();
        builder.Services.AddSingleton<IParameterTarget>(target);
        await using WebApplication app = builder.Build();

        await app.StartAsync(Token);

        Assert.Equal([$"{_directory.File("a")}=first", $"{_directory.File("b")}=second"], target.Taken.Take(2));
        Assert.Contains($"{_variable}=from the manifest", target.Taken);
        Assert.Equal("from the manifest", app.Configuration[_variable]);
        Assert.Null(Environment.GetEnvironmentVariable(_variable));
        Assert.False(File.Exists(_directory.File("a")));
    }

    [Fact]
    public async Task Start_WithATargetThatCannotWrite_FailsAndSaysWhich()
    {
        WebApplicationBuilder builder = CreateBuilder();
        builder.Services.AddSingleton<IParameterTarget>(new RecordingTarget { Failure = new IOException("The disk is full.") });
        await using WebApplication app = builder.Build();

        MarbleActivationException exception = await Assert.ThrowsAsync<MarbleActivationException>(() => app.StartAsync(Token));

        Assert.Equal(MarbleActivationFailure.ParametersNotApplied, exception.Failure);
        Assert.Contains(
            $"the file '{_directory.File("a")}' cannot be written. The disk is full.", exception.Message, StringComparison.Ordinal);
    }

    [Theory]
    [Trait("Security", "E8")]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Start_VariablesOfTheIdentity_AreSetOnlyIfTheAppExportsThem(bool exports)
    {
        var target = new RecordingTarget();
        WebApplicationBuilder builder = CreateBuilder();
        builder.Services.AddMarble(o => o.ExportIdentity = exports);
        builder.Services.AddSingleton<IParameterTarget>(target);
        await using WebApplication app = builder.Build();

        await app.StartAsync(Token);

        Assert.Equal(exports ? 4 : 0, target.Taken.Count(t => t.StartsWith("MARBLE_PREDEFINED_", StringComparison.Ordinal)));
        Assert.DoesNotContain(app.Configuration.AsEnumerable(), c => c.Value == _key);
    }

    [Theory]
    [Trait("Security", "G8")]
    [InlineData("FileRoots:0", "/etc")]
    [InlineData("FileRoots", "/etc")]
    [InlineData("AllowedVariables:0", "LD_PRELOAD")]
    [InlineData("ExportIdentity", "true")]
    public async Task Start_HostWidensWhatAManifestMayDo_IsRefusedBeforeAnythingIsSent(string option, string value)
    {
        await using WebApplication app = CreateBuilder($"--Marble:{option}", value).Build();

        OptionsValidationException exception = await Assert.ThrowsAsync<OptionsValidationException>(() => app.StartAsync(Token));

        Assert.Contains(
            $"Marble:{option.Split(':')[0]} is set in the configuration. The host controls the configuration",
            exception.Message,
            StringComparison.Ordinal);
        Assert.Empty(_coordinator.Calls);
    }

    private WebApplicationBuilder CreateBuilder(params string[] arguments)
    {
        WebApplicationBuilder builder = WebApplication.CreateBuilder(arguments);
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("https://127.0.0.1:0", "http://127.0.0.1:0");
        AddMarble(builder.Services);
        return builder;
    }

    private void AddMarble(IServiceCollection services)
    {
        services.AddSingleton<TimeProvider>(_clock);
        services.AddSingleton<IQuoteIssuer, FakeQuoteIssuer>();
        services.AddMarble(o =>
        {
            o.MarbleType = "frontend";
            o.CoordinatorAddress = _coordinator.Address;
            o.UuidFile = _directory.File("uuid");
            o.CoordinatorTrust = CoordinatorTrust.PinRoots(CoordinatorTrust.FingerprintOf(_authority.Root));
            o.FileRoots.Add(Path.GetDirectoryName(_directory.File("uuid"))!);
        });
    }

    private static WebApplication Build(WebApplicationBuilder builder)
    {
        WebApplication app = builder.Build();
        app.MapGet("/", () => "hello");
        return app;
    }

    private static HttpClient CreateOutsider(WebApplication app, string scheme) => new(new SocketsHttpHandler
    {
        SslOptions = { RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate is not null },
    })
    {
        BaseAddress = new Uri(app.Urls.Single(u => u.StartsWith(scheme, StringComparison.Ordinal))),
    };

    private sealed class AtStart(Action act) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken)
        {
            act();
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class RecordingTarget : IParameterTarget
    {
        public List<string> Taken { get; } = [];

        public IOException? Failure { get; init; }

        public void WriteFile(string path, ReadOnlyMemory<byte> content) =>
            Taken.Add(Failure is null ? $"{path}={Encoding.UTF8.GetString(content.Span)}" : throw Failure);

        public void SetVariable(string name, string value) => Taken.Add($"{name}={value}");
    }
}
