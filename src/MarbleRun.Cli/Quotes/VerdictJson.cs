using System.Text.Json;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Checks;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Evidence;
using MarbleRun.Cli.Output;

namespace MarbleRun.Cli.Quotes;

/// <summary>Writes a verdict for programs. The names are stable.</summary>
internal static class VerdictJson
{
    // If the user specifies no report data, there is nothing to compare it with.
    private const string ReportDataCheck = "report.data";

    public static string Write(Verdict verdict, IEvidenceFormat format, EvidenceFile evidence, Comparison comparison) =>
        JsonText.Write(writer =>
        {
            writer.WriteStartObject();
            writer.WriteString("verdict", Word(verdict));
            writer.WriteBoolean("accepted", verdict.IsAccepted);
            writer.WriteString("summary", verdict.Summary);
            WriteChecks(writer, verdict, comparison);
            writer.WriteStartObject("compared");
            writer.WriteBoolean("code", comparison.IsCodeCompared);
            writer.WriteBoolean("report_data", comparison.IsReportDataCompared);
            writer.WriteEndObject();
            JsonTexts.Write(writer, "advisories", verdict.Claims?.Advisories ?? []);
            writer.WriteStartObject("claims");
            if (verdict.Claims is { } claims)
            {
                format.WriteClaims(writer, claims);
            }

            writer.WriteEndObject();
            PlatformJson.Write(writer, verdict.Claims);
            WriteForm(writer, evidence);
            writer.WriteEndObject();
        });

    internal static string Word(Verdict verdict) => verdict.Reason switch
    {
        VerdictReason.Accepted => "ok",
        VerdictReason.TcbStatus => $"tcb_{verdict.Claims?.TcbStatus ?? TcbStatus.Unknown}",
        _ => VerdictCodes.Of(verdict.Reason),
    };

    internal static void WriteForm(Utf8JsonWriter writer, EvidenceFile evidence)
    {
        if (evidence.Form != EvidenceForm.Binary)
        {
            writer.WriteString("form", EvidenceInput.Key(evidence.Form));
            WriteIfSet(writer, "remark", evidence.Remark);
        }
    }

    private static void WriteChecks(Utf8JsonWriter writer, Verdict verdict, Comparison comparison)
    {
        writer.WriteStartArray("checks");
        foreach (VerdictCheck check in verdict.Checks.Where(c => comparison.IsReportDataCompared || c.Code != ReportDataCheck))
        {
            writer.WriteStartObject();
            writer.WriteString("code", check.Code);
            writer.WriteString("outcome", VerdictCodes.Of(check.Outcome));
            WriteIfSet(writer, "expected", check.Expected);
            WriteIfSet(writer, "found", check.Found);
            WriteIfSet(writer, "source", check.Source);
            WriteIfSet(writer, "remedy", check.Remedy);
            writer.WriteEndObject();
        }

        writer.WriteEndArray();
    }

    private static void WriteIfSet(Utf8JsonWriter writer, string name, string? value)
    {
        if (value is not null)
        {
            writer.WriteString(name, value);
        }
    }
}
