using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Evidence;

namespace MarbleRun.Cli.Quotes;

/// <summary>Formats a verdict for people.</summary>
internal static class VerdictText
{
    public static string Write(Verdict verdict, EvidenceFile evidence, Comparison comparison)
    {
        string text = verdict.ToString().TrimEnd('\n');
        if (!comparison.IsReportDataCompared)
        {
            // The evidence was compared with its own report data.
            text = text.Replace("  ok   report.data\n", string.Empty, StringComparison.Ordinal);
        }

        if (verdict.IsAccepted && !comparison.IsCodeCompared)
        {
            text = "Accepted as genuine, for any code" + text[text.IndexOf('\n', StringComparison.Ordinal)..];
        }

        string form = evidence.Form == EvidenceForm.Binary
            ? string.Empty
            : $"\nThe evidence was {EvidenceInput.Name(evidence.Form)}. {evidence.Remark}".TrimEnd();
        return verdict.Claims is { } claims
            ? $"{text}\nTCB status: "
            + $"{claims.TcbStatus}{Advisories(claims)}{TcbText.Parts(claims)}{form}{CodeText.Write(claims)}{Remarks(comparison, claims)}"
            : text + form;
    }

    private static string Remarks(Comparison comparison, QuoteClaims claims) =>
        string.Concat(comparison.Remarks(claims.Tee).Select(remark => "\n" + remark));

    private static string Advisories(QuoteClaims claims) =>
        claims.Advisories.IsDefaultOrEmpty ? string.Empty : $" ({string.Join(", ", claims.Advisories)})";
}
