using System.Reflection;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.TestHost;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace MarbleRun.Testing;

/// <summary>Runs an app's own start in this process, on Kestrel, as a Marble of the mesh.</summary>
internal sealed class MarbleApplicationFactory<TEntryPoint> : WebApplicationFactory<TEntryPoint>, IMarbleApplicationFactory
    where TEntryPoint : class
{
    private readonly MarbleSetup _setup;
    private readonly CancellationTokenSource _abandoned = new();

    public MarbleApplicationFactory(MarbleSetup setup)
    {
        _setup = setup;
        UseKestrel();
    }

    public void Abandon() => _abandoned.Cancel();

    public string FindAddress()
    {
        ICollection<string> addresses = Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
        return addresses.First(a => a.StartsWith("https://", StringComparison.OrdinalIgnoreCase));
    }

    protected override IEnumerable<Assembly> GetTestAssemblies() => [ContentRoots.Describe(typeof(TEntryPoint).Assembly)];

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        // Passed as arguments of the app, so that its first line sees them; and added over all its sources, for apps that take no
        // arguments.
        foreach ((string key, string? value) in _setup.Settings.Configuration)
        {
            builder.UseSetting(key, value);
        }

        builder.UseSetting(WebHostDefaults.ServerUrlsKey, "https://127.0.0.1:0");
        builder.ConfigureAppConfiguration(c => c.AddInMemoryCollection(_setup.Settings.Configuration));
        builder.ConfigureTestServices(services =>
        {
            // Endpoints of the section Kestrel have fixed ports, and would replace the address above.
            services.PostConfigure<KestrelServerOptions>(kestrel => kestrel.ConfigurationLoader = null);
            _setup.AddTo(services);
        });
    }

    protected override IHost CreateHost(IHostBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        IHost host = builder.Build();
        IHostApplicationLifetime lifetime = host.Services.GetRequiredService<IHostApplicationLifetime>();
        using var limit = new StartLimit(_setup.MarbleType, _abandoned.Token);
        try
        {
            // The base class also starts synchronously: the app's own thread does the work.
            host.StartAsync(limit.Token).GetAwaiter().GetResult();
            return host;
        }
        catch (Exception exception)
        {
            // The app may still be starting; this ends the start.
            lifetime.StopApplication();
            host.Dispose();
            if (exception is OperationCanceledException cancelled)
            {
                throw limit.Describe(cancelled);
            }

            throw;
        }
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (disposing)
        {
            _abandoned.Dispose();
        }
    }
}
