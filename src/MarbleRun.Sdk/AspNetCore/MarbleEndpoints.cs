using MarbleRun.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace MarbleRun.AspNetCore;

/// <summary>Checks, when the server listens, whether it has an HTTPS endpoint: without one this Marble refuses every request.</summary>
internal sealed partial class MarbleEndpoints(
    IServiceProvider services, OpenEndpoints open, IOptions<MarbleOptions> options, ILogger<MarbleEndpoints> logger)
    : IHostedPart
{
    private const string Remedy = "Set ASPNETCORE_URLS=https://+:8443 or ASPNETCORE_HTTPS_PORTS=8443";

    /// <summary>The settings that open ports without TLS: the variables of official container images and of hosting.</summary>
    private static readonly string[] s_settings = ["http_ports", "urls"];

    /// <summary>A message that no HTTPS endpoint exists, with the remedy; null if one exists.</summary>
    public string? Complaint { get; private set; }

    public Task StartedAsync(CancellationToken cancellationToken)
    {
        // Contradicting rules of an endpoint end the start, not the first request.
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
        return setting is null
            ? string.Empty
            : $", and remove the setting for plain HTTP: ASPNETCORE_{setting.ToUpperInvariant()} is '{configuration![setting]}'";
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.NoHttpsEndpoint,
            LogLevel.Warning,
            "This Marble listens only without TLS, at {Addresses}, and refuses every request there. {Complaint}",
            EventName = "NoHttpsEndpoint")]
        public static partial void NoHttpsEndpoint(ILogger logger, string addresses, string complaint);
    }
}
