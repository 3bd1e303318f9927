using System.Text.Encodings.Web;
using System.Text.Json;

namespace MarbleRun.Coordinator.Hosting;

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
