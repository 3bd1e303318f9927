using System.Net.Sockets;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Hosting;

/// <summary>A Coordinator that is a process of its own: configured by arguments, environment and <c>appsettings.json</c>, and ended by a signal.</summary>
public static partial class CoordinatorApplication
{
    /// <summary>
    /// What ASP.NET Core reads of the environment (<c>ASPNETCORE_…</c>, <c>DOTNET_…</c>) and must not here: it loads code into this process
    /// (HOSTINGSTARTUPASSEMBLIES), takes the caller's address from a header of the caller's (FORWARDEDHEADERS_ENABLED), or opens other ports than the
    /// Coordinator's. Official container images set the last ones.
    /// </summary>
    private static readonly string[] s_hostSettings =
    [
        "--preventHostingStartup=true", "--forwardedHeaders_enabled=false", "--preferHostingUrls=false", "--urls=", "--http_ports=", "--https_ports=",
    ];

    /// <summary>
    /// Runs a Coordinator until the process is asked to stop. Its configuration comes from, each winning over the next: the arguments (<c>--simulation</c>,
    /// <c>--mesh-address HOST:PORT</c> and others; an unknown one is told all of them), the <c>EDG_COORDINATOR_…</c> variables of MarbleRun 1.9, other environment
    /// variables, and <c>appsettings.json</c> beside the program. Whoever embeds a Coordinator into a host of their own calls <c>AddCoordinator()</c> and
    /// <c>MapCoordinator()</c> instead.
    /// </summary>
    /// <param name="args">The arguments of the program.</param>
    /// <param name="configure">
    /// Changes the host before the Coordinator's own services are added: what it registers as state store, sealing key provider, quote issuer or verifier is used
    /// instead of the default. What it throws is not caught.
    /// </param>
    /// <returns>The exit code of the program: 0 after a stop that was asked for, during the start too, 1 if the Coordinator could not start; the reason is in the log then.</returns>
    public static async Task<int> RunAsync(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(args);
        if (CommandLineHelp.IsAskedFor(args))
        {
#pragma warning disable RS0030 // Help is asked for at a console, and the log is for what runs.
            await Console.Out.WriteAsync(CommandLineHelp.Write());
#pragma warning restore RS0030
            return 0;
        }

        WebApplicationBuilder builder;
        try
        {
            // The arguments are read by CommandLine, which refuses what it does not know.
            builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory, Args = s_hostSettings });
        }
        catch (InvalidDataException exception)
        {
            // A file of the configuration is not JSON, so that it is not known either how to log.
            using ILoggerFactory loggers = LoggerFactory.Create(logging => logging.AddSimpleConsole());
            StartFailure.Report(loggers, exception);
            return 1;
        }

        configure?.Invoke(builder);
        try
        {
            builder.Configuration.AddReferenceVariables();
            builder.Configuration.AddInMemoryCollection(CommandLine.Parse(args));
            OptionForms.DemandLogLevels(builder.Configuration);
            builder.Logging.AddCoordinatorConsole(builder.Configuration);
            builder.Services.AddCoordinator();

            // Its section Kestrel would open ports and read certificates that are none of the Coordinator's.
            builder.Services.PostConfigure<KestrelServerOptions>(kestrel => kestrel.ConfigurationLoader = null);

            await using WebApplication app = builder.Build();
            LogVariables.Check(app.Configuration, app.Services.GetRequiredService<ILoggerFactory>());
            app.MapCoordinator();
            return await RunAsync(app);
        }
        catch (Exception exception) when (exception is MarbleRunException or OptionsValidationException or IOException or SocketException or InvalidOperationException { InnerException: not null })
        {
            // What an operator can mend (the last kind is a configuration value of the wrong type) is told in its own sentence; a stack trace would only hide it.
            using ILoggerFactory loggers = LoggerFactory.Create(logging => logging.AddCoordinatorConsole(builder.Configuration));
            StartFailure.Report(loggers, exception);
            return 1;
        }
    }

    private static async Task<int> RunAsync(WebApplication app)
    {
        // Taken before: the app is disposed when it throws.
        CancellationToken stopping = app.Lifetime.ApplicationStopping;
        ILogger logger = app.Services.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(CoordinatorApplication));
        try
        {
            await app.RunAsync();
        }
        catch (OperationCanceledException) when (stopping.IsCancellationRequested)
        {
            // A signal came while the services were starting, which end that with this exception.
            Log.StoppedWhileStarting(logger);
        }

        return 0;
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "The Coordinator was asked to stop while it was starting, and has stopped.", EventName = "CoordinatorStoppedWhileStarting")]
        public static partial void StoppedWhileStarting(ILogger logger);
    }
}
