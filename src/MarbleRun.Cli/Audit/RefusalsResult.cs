using System.Globalization;
using System.Text.Json;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Checks;
using MarbleRun.Cli.Output;
using MarbleRun.Management;

namespace MarbleRun.Cli.Audit;

/// <summary>Refused activations and renewals with their checks.</summary>
internal sealed class RefusalsResult(IReadOnlyList<RefusedActivation> refusals) : Result
{
    public override void WriteText(TextWriter output)
    {
        if (refusals.Count == 0)
        {
            output.WriteLine("The Coordinator refused no activation and no renewal since its start.");
        }

        foreach (RefusedActivation refused in refusals)
        {
            string count = refused.Count == 1
                ? string.Empty
                : string.Create(CultureInfo.InvariantCulture, $", {refused.Count} times since {UtcTime.Of(refused.FirstTime)}");
            output.WriteLine($"{UtcTime.Of(refused.LastTime)} {refused.Action} of Marble type {refused.MarbleType}{count}");
            output.WriteLine($"  {refused.Message}");
            output.WriteLine($"  certificate (SHA-256): {refused.Certificate ?? "none"}");
            foreach (VerdictCheck check in refused.Checks)
            {
                WriteCheck(output, check);
            }
        }
    }

    public override void WriteJson(Utf8JsonWriter json)
    {
        json.WriteStartArray("refusals");
        foreach (RefusedActivation refused in refusals)
        {
            json.WriteStartObject();
            json.WriteString("firstTime", UtcTime.Of(refused.FirstTime));
            json.WriteString("lastTime", UtcTime.Of(refused.LastTime));
            json.WriteNumber("count", refused.Count);
            json.WriteString("action", refused.Action);
            json.WriteString("marbleType", refused.MarbleType);
            json.WriteString("certificate", refused.Certificate);
            json.WriteString("reason", refused.Reason);
            json.WriteString("message", refused.Message);
            json.WriteString("verdict", refused.Verdict);
            json.WriteStartArray("checks");
            foreach (VerdictCheck check in refused.Checks)
            {
                WriteCheck(json, check);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteCheck(TextWriter output, VerdictCheck check)
    {
        output.WriteLine($"  {Mark(check.Outcome)} {check.Code}");
        foreach ((string name, string? text) in Texts(check).Where(t => t.Text is not null))
        {
            output.WriteLine($"      {name}: {text}");
        }
    }

    private static void WriteCheck(Utf8JsonWriter json, VerdictCheck check)
    {
        json.WriteStartObject();
        json.WriteString("code", check.Code);
        json.WriteString("outcome", VerdictCodes.Of(check.Outcome));
        foreach ((string name, string? text) in Texts(check).Where(t => t.Text is not null))
        {
            json.WriteString(name, text);
        }

        json.WriteEndObject();
    }

    private static (string Name, string? Text)[] Texts(VerdictCheck check) =>
        [("expected", check.Expected), ("found", check.Found), ("source", check.Source), ("remedy", check.Remedy)];

    private static char Mark(VerdictCheckOutcome outcome) => outcome switch
    {
        VerdictCheckOutcome.Passed => '√',
        VerdictCheckOutcome.Failed => '×',
        _ => '-',
    };
}
