using System.Net.Sockets;
using MarbleRun;
using MarbleRun.Coordinator.Hosting;
using Microsoft.Extensions.Options;

// The arguments are read by CommandLine, which refuses what it does not know.
// An environment variable of the host must not load code into this process (ASPNETCORE_HOSTINGSTARTUPASSEMBLIES).
WebApplicationBuilder builder = WebApplication.CreateBuilder(
    new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory, Args = ["--preventHostingStartup=true"] });
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
