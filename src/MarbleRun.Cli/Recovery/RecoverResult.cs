using System.Globalization;
using System.Text.Json;
using MarbleRun.Cli.Output;
using MarbleRun.Management;

namespace MarbleRun.Cli.Recovery;

/// <summary>The answer of a Coordinator to a secret.</summary>
internal sealed class RecoverResult(RecoveryResult recovery) : Result
{
    public override void WriteText(TextWriter output) => output.WriteLine(recovery.IsComplete
        ? "Recovery successful."
        : string.Create(
            CultureInfo.InvariantCulture,
            $"Secret was processed successfully. Upload the next secret. Remaining secrets: {recovery.Remaining}"));

    public override void WriteJson(Utf8JsonWriter json)
    {
        json.WriteBoolean("complete", recovery.IsComplete);
        json.WriteNumber("remaining", recovery.Remaining);
        json.WriteString("message", recovery.Message);
    }
}
