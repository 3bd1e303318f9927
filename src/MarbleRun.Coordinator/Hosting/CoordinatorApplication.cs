using System.Net.Sockets;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Hosting;

/// <summary>A Coordinator that is a process of its own: configured by arguments, environment and <c>appsettings.json</c>, and ended by a signal.</summary>
public static class CoordinatorApplication
{
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
    /// <returns>The exit code of the program: 0 after a stop that was asked for, 1 if the Coordinator could not start; the reason is in the log then.</returns>
    public static async Task<int> RunAsync(string[] args, Action<WebApplicationBuilder>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(args);

        // The arguments are read by CommandLine, which refuses what it does not know.
        // An environment variable of the host must not load code into this process (ASPNETCORE_HOSTINGSTARTUPASSEMBLIES).
        WebApplicationBuilder builder = WebApplication.CreateBuilder(
            new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory, Args = ["--preventHostingStartup=true"] });
        configure?.Invoke(builder);
        try
        {
            builder.Configuration.AddReferenceVariables();
            builder.Configuration.AddInMemoryCollection(CommandLine.Parse(args));
            builder.Logging.AddCoordinatorConsole(builder.Configuration);
            builder.Services.AddCoordinator();

            await using WebApplication app = builder.Build();
            LogVariables.Check(app.Configuration, app.Services.GetRequiredService<ILoggerFactory>());
            app.MapCoordinator();
            await app.RunAsync();
            return 0;
        }
        catch (Exception exception) when (exception is MarbleRunException or OptionsValidationException or IOException or SocketException or InvalidOperationException { InnerException: not null })
        {
            // What an operator can mend (the last kind is a configuration value of the wrong type) is told in its own sentence; a stack trace would only hide it.
            using ILoggerFactory loggers = LoggerFactory.Create(logging => logging.AddCoordinatorConsole(builder.Configuration));
            StartFailure.Report(loggers, exception);
            return 1;
        }
    }
}
