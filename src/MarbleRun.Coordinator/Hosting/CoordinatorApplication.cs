using System.Net.Sockets;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Hosting;

/// <summary>A Coordinator in its own process: configured with arguments, environment and <c>appsettings.json</c>, and stopped by a
/// signal.</summary>
public static partial class CoordinatorApplication
{
    /// <summary>
    /// Settings that ASP.NET Core reads from the environment (<c>ASPNETCORE_…</c>, <c>DOTNET_…</c>) and must not read here: they load code
    /// into this process (HOSTINGSTARTUPASSEMBLIES), take the caller's address from a request header (FORWARDEDHEADERS_ENABLED), or open
    /// ports other than the Coordinator's. Official container images set the last ones.
    /// </summary>
    private static readonly string[] s_hostSettings =
    [
        "--preventHostingStartup=true",
        "--forwardedHeaders_enabled=false",
        "--preferHostingUrls=false",
        "--urls=",
        "--http_ports=",
        "--https_ports=",
    ];

    /// <summary>
    /// Runs a Coordinator until the process is asked to stop. Its configuration comes from, in order of precedence: the arguments
    /// (<c>--simulation</c>, <c>--mesh-address HOST:PORT</c> and others; an unknown one prints all of them), the <c>EDG_COORDINATOR_…</c>
    /// variables of MarbleRun 1.9, other environment variables, and <c>appsettings.json</c> beside the program. To embed a Coordinator into
    /// another host, call <c>AddCoordinator()</c> and <c>UseCoordinator()</c> instead.
    /// </summary>
    /// <param name="args">The arguments of the program.</param>
    /// <param name="configure">
    /// Changes the host before the Coordinator's own services are added: a state store, sealing key provider, quote issuer or verifier that
    /// it registers is used instead of the default. Its exceptions are not caught.
    /// </param>
    /// <returns>The exit code of the program: 0 after a requested stop, also during the start; 1 if the Coordinator could not start, with
    /// the reason in the log.</returns>
    public static async Task<int> RunAsync(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(args);
        if (CommandLineHelp.IsAskedFor(args))
        {
#pragma warning disable RS0030 // Help is printed to the console, because the log belongs to a running Coordinator.
            await Console.Out.WriteAsync(CommandLineHelp.Write());
#pragma warning restore RS0030
            return 0;
        }

        WebApplicationBuilder builder;
        try
        {
            // CommandLine reads the arguments, and refuses unknown ones.
            builder = WebApplication.CreateBuilder(
                new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory, Args = s_hostSettings });
        }
        catch (InvalidDataException exception)
        {
            // A configuration file is not JSON, so the logging configuration is unknown too.
            using ILoggerFactory loggers = LoggerFactory.Create(logging => logging.AddSimpleConsole());
            StartFailure.Report(loggers, exception);
            return 1;
        }

        configure?.Invoke(builder);
        try
        {
            builder.Configuration.AddReferenceVariables();
            builder.Configuration.AddInMemoryCollection(CommandLine.Parse(args));
            OptionForms.RequireKnownLogLevels(builder.Configuration);
            builder.Logging.AddCoordinatorConsole(builder.Configuration);
            builder.Services.AddCoordinator();

            // The section Kestrel would open ports and read certificates that do not belong to the Coordinator.
            builder.Services.PostConfigure<KestrelServerOptions>(kestrel => kestrel.ConfigurationLoader = null);

            await using WebApplication app = builder.Build();
            LogVariables.Check(app.Configuration, app.Services.GetRequiredService<ILoggerFactory>());
            app.UseCoordinator();
            return await RunAsync(app);
        }
        catch (Exception exception) when (
            exception is MarbleRunException or OptionsValidationException or IOException or SocketException
                or InvalidOperationException { InnerException: not null })
        {
            // Errors that an operator can fix (the last kind is a configuration value of the wrong type) are logged as one message without
            // a stack trace.
            using ILoggerFactory loggers = LoggerFactory.Create(logging => logging.AddCoordinatorConsole(builder.Configuration));
            StartFailure.Report(loggers, exception);
            return 1;
        }
    }

    private static async Task<int> RunAsync(WebApplication app)
    {
        // Resolved before, because the app is disposed when it throws.
        CancellationToken stopping = app.Lifetime.ApplicationStopping;
        ILogger logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(CoordinatorApplication));
        try
        {
            await app.RunAsync();
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // A signal arrived while the services were starting; they stop with this exception.
            Log.StoppedWhileStarting(logger);
        }

        return 0;
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.CoordinatorStoppedWhileStarting,
            LogLevel.Information,
            "The Coordinator was asked to stop while it was starting, and has stopped.",
            EventName = "CoordinatorStoppedWhileStarting")]
        public static partial void StoppedWhileStarting(ILogger logger);
    }
}

/// <summary>The logging of the Coordinator's own process.</summary>
internal static class ProcessLogging
{
    /// <summary>Writes to standard output in the configured format. Options validation reports an unknown format.</summary>
    public static ILoggingBuilder AddCoordinatorConsole(this ILoggingBuilder logging, IConfiguration configuration)
    {
        string? format = configuration[$"{CoordinatorOptions.SectionName}:{nameof(CoordinatorOptions.LogFormat)}"];
        return Enum.TryParse(format, ignoreCase: true, out CoordinatorLogFormat parsed) && parsed == CoordinatorLogFormat.Json
            ? logging.AddJsonConsole(json =>
            {
                json.UseUtcTimestamp = true;
                json.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.ffffffZ";

                // The output is not read in a browser, so apostrophes are not escaped.
                json.JsonWriterOptions = new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
            })
            : logging.AddSimpleConsole();
    }
}
