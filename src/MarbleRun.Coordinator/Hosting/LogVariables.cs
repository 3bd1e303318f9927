namespace MarbleRun.Coordinator.Hosting;

/// <summary>The environment variables for logging of MarbleRun 1.9, as configuration of .NET's logging.</summary>
internal static partial class LogVariables
{
    private const string DevMode = "EDG_COORDINATOR_DEV_MODE";
    private const string DebugLogging = "EDG_DEBUG_LOGGING";
    private const string HttpErrorLevel = "EDG_HTTP_ERROR_LOG_LEVEL";

    /// <summary>Adds the meaning of the variables in <paramref name="configuration"/> to <paramref name="values"/>.</summary>
    public static void Translate(IConfiguration configuration, IDictionary<string, string?> values)
    {
        bool developing = configuration[DevMode] == "1";
        if (developing)
        {
            values[$"{CoordinatorOptions.SectionName}:{nameof(CoordinatorOptions.LogFormat)}"] = nameof(CoordinatorLogFormat.Console);
        }

        if (developing || configuration[DebugLogging] == "1")
        {
            values["Logging:LogLevel:Default"] = nameof(LogLevel.Debug);
            values["Logging:LogLevel:Grpc"] = nameof(LogLevel.Information);
        }

        if (configuration[HttpErrorLevel] is { Length: > 0 } level)
        {
            values["Logging:LogLevel:Microsoft.AspNetCore.Server.Kestrel"] = (ParseLevel(level) ?? LogLevel.Error).ToString();
        }
    }

    /// <summary>Logs a warning for an unknown level.</summary>
    public static void Check(IConfiguration configuration, ILoggerFactory loggers)
    {
        if (configuration[HttpErrorLevel] is { Length: > 0 } level && ParseLevel(level) is null)
        {
            Log.UnknownLevel(loggers.CreateLogger("MarbleRun.Coordinator"), HttpErrorLevel, level);
        }
    }

    private static LogLevel? ParseLevel(string level) => level.ToUpperInvariant() switch
    {
        "DEBUG" => LogLevel.Debug,
        "INFO" => LogLevel.Information,
        "WARN" => LogLevel.Warning,
        "ERROR" or "DPANIC" or "PANIC" or "FATAL" => LogLevel.Error,
        _ => null,
    };

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.UnknownLogLevel,
            LogLevel.Warning,
            "{Variable} is '{Level}'; it must be debug, info, warn or error. It is treated as error.",
            EventName = "UnknownLogLevel")]
        public static partial void UnknownLevel(ILogger logger, string variable, string level);
    }
}
