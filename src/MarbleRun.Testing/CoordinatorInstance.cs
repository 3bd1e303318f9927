using System.Security.Cryptography;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Simulation;
using MarbleRun.Coordinator;
using MarbleRun.Coordinator.Hosting;
using MarbleRun.Management;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace MarbleRun.Testing;

/// <summary>
/// A simulated Coordinator in this process, on free ports of 127.0.0.1. It reads neither the environment nor files of the process.
/// </summary>
internal sealed class CoordinatorInstance : IAsyncDisposable
{
    private readonly WebApplication _app;

    private CoordinatorInstance(WebApplication app, FakeTimeProvider clock, SimulationPlatform platform, AppMeasurement measurement)
    {
        _app = app;
        Clock = clock;
        Platform = platform;
        CoordinatorListeners listeners = app.Services.GetRequiredService<CoordinatorListeners>();
        MeshAddress = listeners.Mesh.ToString();
        ClientAddress = listeners.Client.ToString();
        Expected = new CoordinatorExpectation
        {
            Verifier = platform.CreateVerifier(),
            ExpectedPackage = measurement.ToPackageProperties(),
            TimeProvider = clock,
        };
    }

    public FakeTimeProvider Clock { get; }

    public SimulationPlatform Platform { get; }

    public string MeshAddress { get; }

    public string ClientAddress { get; }

    public CoordinatorExpectation Expected { get; }

    public static async Task<CoordinatorInstance> StartAsync(string folder, TestMeshOptions options, CancellationToken cancellationToken)
    {
        SimulationPlatform platform = SimulationPlatform.Open(Path.Combine(folder, "simulation"), options.Clock);

        // Not the measurement of this process, whose code is the test's.
        var measurement = new AppMeasurement
        {
            UniqueId = RandomNumberGenerator.GetHexString(64, lowercase: true),
            SignerId = platform.SignerId,
            ProductId = 3,
            SecurityVersion = 1,
        };
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrel();
        options.ConfigureLogging?.Invoke(builder.Logging);
        builder.Configuration.AddInMemoryCollection(
        [
            Member(nameof(CoordinatorOptions.MeshAddress), "127.0.0.1:0"),
            Member(nameof(CoordinatorOptions.ClientAddress), "127.0.0.1:0"),
            Member(nameof(CoordinatorOptions.SealDirectory), Path.Combine(folder, "seal")),
            Member(nameof(CoordinatorOptions.Simulation), bool.TrueString),
        ]);
        builder.Configuration.AddInMemoryCollection(options.Coordinator.Select(o => Member(o.Key, o.Value)));
        builder.Services.AddSingleton<TimeProvider>(options.Clock);
        builder.Services.AddSingleton(platform);
        options.ConfigureServices?.Invoke(builder.Services);
        builder.Services.TryAddSingleton<IQuoteIssuer>(platform.CreateIssuer(measurement));
        builder.Services.AddCoordinator();
        WebApplication app = builder.Build();
        app.UseCoordinator();
        try
        {
            await app.StartAsync(cancellationToken).ConfigureAwait(false);
            return new CoordinatorInstance(app, options.Clock, platform, measurement);
        }
        catch
        {
            await app.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        static KeyValuePair<string, string?> Member(string name, string? value) => new($"{CoordinatorOptions.SectionName}:{name}", value);
    }

    public ILogger<T> CreateLogger<T>() => _app.Services.GetRequiredService<ILogger<T>>();

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync().ConfigureAwait(false);
        await _app.DisposeAsync().ConfigureAwait(false);
    }
}
