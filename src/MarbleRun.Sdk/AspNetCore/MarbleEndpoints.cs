using MarbleRun.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MarbleRun.AspNetCore;

/// <summary>Looks, when the server listens, whether anybody can reach this Marble: without an HTTPS endpoint it refuses every request.</summary>
internal sealed partial class MarbleEndpoints(
    IServiceProvider services, OpenEndpoints open, IOptions<Activation.MarbleOptions> options, ILogger<MarbleEndpoints> logger) : IHostedPart
{
    private const string Remedy = "Set ASPNETCORE_URLS=https://+:8443 or ASPNETCORE_HTTPS_PORTS=8443";

    /// <summary>What opens ports without TLS: the variables of official container images and of hosting.</summary>
    private static readonly string[] s_settings = ["http_ports", "urls"];

    /// <summary>A sentence that says that there is no HTTPS endpoint and what to do, or null if there is one.</summary>
    public string? Complaint { get; private set; }

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        // Rules of an endpoint that contradict each other end the start, not the first request.
        _ = open.Any;

        // A worker has no server.
        ICollection<string> addresses = services.GetService<IServer>()?.Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
        bool onlyPlaintext = addresses.Count > 0 && !addresses.Any(a => a.StartsWith("https:", StringComparison.OrdinalIgnoreCase));
        if (onlyPlaintext && !options.Value.AllowPlaintext)
        {
            Complaint = $"This Marble has no HTTPS endpoint. {Remedy}{DescribeSetting()}.";
            Log.NoHttpsEndpoint(logger, string.Join(", ", addresses), Complaint);
        }

        return Task.CompletedTask;
    }

    private string DescribeSetting()
    {
        IConfiguration? configuration = services.GetService<IConfiguration>();
        string? setting = s_settings.FirstOrDefault(s => !string.IsNullOrEmpty(configuration?[s]));
        return setting is null ? string.Empty : $", and unset what asks for plain HTTP: ASPNETCORE_{setting.ToUpperInvariant()} is '{configuration![setting]}'";
    }

    private static partial class Log
    {
        [LoggerMessage(
            140, LogLevel.Warning, "This Marble listens without TLS alone, at {Addresses}, and refuses every request there. {Complaint}", EventName = "NoHttpsEndpoint")]
        public static partial void NoHttpsEndpoint(ILogger logger, string addresses, string complaint);
    }
}
