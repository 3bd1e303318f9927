using System.Text.Encodings.Web;
using System.Text.Json;

namespace MarbleRun.Coordinator.Hosting;

/// <summary>How the Coordinator's own process writes its log.</summary>
internal static class ProcessLogging
{
    /// <summary>Writes to standard output in the configured format. A format that is none is left to the check of the options, which says so.</summary>
    public static ILoggingBuilder AddCoordinatorConsole(this ILoggingBuilder logging, IConfiguration configuration)
    {
        string? format = configuration[$"{CoordinatorOptions.SectionName}:{nameof(CoordinatorOptions.LogFormat)}"];
        return Enum.TryParse(format, ignoreCase: true, out CoordinatorLogFormat parsed) && parsed == CoordinatorLogFormat.Json
            ? logging.AddJsonConsole(json =>
            {
                json.UseUtcTimestamp = true;
                json.TimestampFormat = "yyyy-MM-ddTHH:mm:ss.ffffffZ";

                // It is not read in a browser: an apostrophe may stay one.
                json.JsonWriterOptions = new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
            })
            : logging.AddSimpleConsole();
    }
}
