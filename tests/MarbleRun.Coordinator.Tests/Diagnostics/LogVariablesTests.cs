using MarbleRun.Coordinator.Hosting;
using MarbleRun.TestSupport;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Tests.Diagnostics;

public sealed class LogVariablesTests
{
    private const string Kestrel = "Logging:LogLevel:Microsoft.AspNetCore.Server.Kestrel";

    [Fact]
    [Case("observability", "Development mode")]
    public void DevMode_IsConsoleAndDebug()
    {
        using ConfigurationManager configuration = Translate(("Coordinator:LogFormat", "json"), ("EDG_COORDINATOR_DEV_MODE", "1"));

        Assert.Equal("Console", configuration["Coordinator:LogFormat"]);
        Assert.Equal("Debug", configuration["Logging:LogLevel:Default"]);
    }

    [Fact]
    [Case("observability", "The variable of debug logging")]
    public void DebugLogging_KeepsTheFormatAndGrpcAtInformation()
    {
        using ConfigurationManager configuration = Translate(("Coordinator:LogFormat", "json"), ("EDG_DEBUG_LOGGING", "1"));

        Assert.Equal("json", configuration["Coordinator:LogFormat"]);
        Assert.Equal("Debug", configuration["Logging:LogLevel:Default"]);
        Assert.Equal("Information", configuration["Logging:LogLevel:Grpc"]);
    }

    [Theory]
    [InlineData("EDG_COORDINATOR_DEV_MODE", "0")]
    [InlineData("EDG_COORDINATOR_DEV_MODE", "true")]
    [InlineData("EDG_DEBUG_LOGGING", "")]
    [InlineData("EDG_HTTP_ERROR_LOG_LEVEL", "")]
    [Case("observability", "Variables that are off")]
    public void Variable_ThatIsOff_ChangesNothing(string variable, string value)
    {
        using ConfigurationManager configuration = Translate((variable, value));

        Assert.Null(configuration["Coordinator:LogFormat"]);
        Assert.Null(configuration["Logging:LogLevel:Default"]);
        Assert.Null(configuration[Kestrel]);
    }

    [Theory]
    [InlineData("debug", "Debug", false)]
    [InlineData("info", "Information", false)]
    [InlineData("warn", "Warning", false)]
    [InlineData("ERROR", "Error", false)]
    [InlineData("fatal", "Error", false)]
    [InlineData("bogus", "Error", true)]
    [Case("observability", "The variable of the HTTP server's log level")]
    [Case("observability", "A bogus log level")]
    public void HttpErrorLevel_IsTheLevelOfTheServerAndABogusOneIsToldAndIsError(string value, string level, bool warns)
    {
        using ConfigurationManager configuration = Translate(("EDG_HTTP_ERROR_LOG_LEVEL", value));
        using var logs = new RecordingLogs();

        LogVariables.Check(configuration, logs);

        Assert.Equal(level, configuration[Kestrel]);
        Assert.Equal(warns ? 1 : 0, logs.Entries.Count);
        Assert.All(logs.Entries, e => Assert.Contains(
            "EDG_HTTP_ERROR_LOG_LEVEL is 'bogus'; it must be debug, info, warn or error. It is treated as error.",
            e,
            StringComparison.Ordinal));
    }

    [Fact]
    public void MetricsAddressAndLogFormat_CanBeGivenInEveryWay()
    {
        using ConfigurationManager configuration = Translate(("EDG_COORDINATOR_PROMETHEUS_ADDR", ":9944"));

        Assert.Equal(":9944", configuration["Coordinator:MetricsAddress"]);
        Dictionary<string, string?> values = CommandLine.Parse(["--metrics-address", ":1", "--log-format=json"]);
        Assert.Equal((":1", "json"), (values["Coordinator:MetricsAddress"], values["Coordinator:LogFormat"]));
    }

    [Theory]
    [InlineData("json", ConsoleFormatterNames.Json)]
    [InlineData("Json", ConsoleFormatterNames.Json)]
    [InlineData("console", ConsoleFormatterNames.Simple)]
    [InlineData("neither", ConsoleFormatterNames.Simple)]
    [InlineData(null, ConsoleFormatterNames.Simple)]
    public void LogFormat_OfTheProcess_ChoosesTheFormatter(string? format, string formatter)
    {
        using ConfigurationManager configuration = Translate(("Coordinator:LogFormat", format));
        var services = new ServiceCollection();

        services.AddLogging(logging => logging.AddCoordinatorConsole(configuration));

        using ServiceProvider provider = services.BuildServiceProvider();
        Assert.Equal(formatter, provider.GetRequiredService<IOptions<ConsoleLoggerOptions>>().Value.FormatterName);
    }

    private static ConfigurationManager Translate(params (string Key, string? Value)[] values)
    {
        var configuration = new ConfigurationManager();
        configuration.AddInMemoryCollection(values.ToDictionary(v => v.Key, v => v.Value));
        configuration.AddReferenceVariables();
        return configuration;
    }
}
