using MarbleRun;
using MarbleRun.Coordinator.Hosting;
using Microsoft.Extensions.Options;

// The arguments are read by CommandLine, which refuses what it does not know.
WebApplicationBuilder builder = WebApplication.CreateBuilder(new WebApplicationOptions { ContentRootPath = AppContext.BaseDirectory });
try
{
    builder.Configuration.AddReferenceVariables();
    builder.Configuration.AddInMemoryCollection(CommandLine.Parse(args));
    builder.Services.AddCoordinator();

    await using WebApplication app = builder.Build();
    app.MapCoordinator();
    await app.RunAsync();
    return 0;
}
catch (Exception exception) when (exception is MarbleRunException or OptionsValidationException or IOException)
{
    // What an operator can mend is told in its own sentence; a stack trace would only hide it.
    using ILoggerFactory loggers = LoggerFactory.Create(logging => logging.AddSimpleConsole());
    StartFailure.Report(loggers, exception);
    return 1;
}
