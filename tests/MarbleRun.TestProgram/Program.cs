// A Marble of each kind of program, for tests of how a process starts and ends: MarbleRun.TestProgram web|worker|older|premain|console,
// options in EDG_MARBLE_… variables. And a Coordinator over a store, with the options of a Coordinator:
// MarbleRun.TestProgram coordinator postgresql|etcd|kubernetes|file OPTIONS.
using MarbleRun;
using MarbleRun.Activation;
using MarbleRun.Attestation;
using MarbleRun.Coordinator.Hosting;
using MarbleRun.TestSupport;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging.Abstractions;

switch (args)
{
    case ["web", .. var urls]:
        WebApplicationBuilder web = WebApplication.CreateBuilder();
        web.WebHost.UseUrls(urls is [var url] ? url : "https://127.0.0.1:0");
        Add(web.Services);
        web.Build().Run();
        break;
    case ["worker"]:
        HostApplicationBuilder worker = Host.CreateApplicationBuilder();
        Add(worker.Services);
        await worker.Build().RunAsync();
        break;
    case ["older"]:
        await Host.CreateDefaultBuilder().ConfigureServices(Add).RunConsoleAsync();
        break;
    case ["premain"]:
        await MarbleActivator.ActivateAsync(Trust);
        break;
    case ["coordinator", var store, .. var coordinatorOptions]:
        return await CoordinatorApplication.RunAsync(coordinatorOptions, builder => Use(builder.Services, store));
    default:
        var options = new MarbleOptions
        {
            CoordinatorAddress = Environment.GetEnvironmentVariable("EDG_MARBLE_COORDINATOR_ADDR")!,
            MarbleType = Environment.GetEnvironmentVariable("EDG_MARBLE_TYPE") ?? string.Empty,
            UuidFile = Environment.GetEnvironmentVariable("EDG_MARBLE_UUID_FILE"),
        };
        Trust(options);
        Task<MarbleActivation> activation = MarbleActivator.ActivateAsync(
            new MarbleActivatorOptions(options) { QuoteIssuer = new FakeQuoteIssuer(), Logger = NullLogger.Instance });
        Console.WriteLine("trying again in a moment");
        if (args is ["blocking"])
        {
            activation.Wait();
        }

        await activation;
        break;
}

return 0;

static void Use(IServiceCollection services, string store) => _ = store switch
{
    "postgresql" => services.UsePostgreSqlStore(),
    "etcd" => services.UseEtcdStore(),
    "kubernetes" => services.UseKubernetesStore(),
    "file" => services,
    _ => throw new ArgumentException($"There is no store '{store}'.", nameof(store)),
};

static void Add(IServiceCollection services)
{
    services.AddSingleton<IQuoteIssuer, FakeQuoteIssuer>();
    services.AddMarble(Trust);
}

static void Trust(MarbleOptions options) => options.CoordinatorTrust = CoordinatorTrust.None;
