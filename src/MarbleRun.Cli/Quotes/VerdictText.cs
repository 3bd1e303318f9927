using MarbleRun.Attestation;

namespace MarbleRun.Cli.Quotes;

/// <summary>A verdict for people.</summary>
internal static class VerdictText
{
    public static string Write(Verdict verdict, EvidenceFile evidence)
    {
        // The command has nothing to compare the report data with.
        string text = verdict.ToString().TrimEnd('\n').Replace("  ok   report.data\n", string.Empty, StringComparison.Ordinal);
        string form = evidence.Form == EvidenceForm.Binary ? string.Empty : $"\nThe evidence was {EvidenceInput.Name(evidence.Form)}. {evidence.Remark}".TrimEnd();
        return verdict.Claims is { } claims
            ? $"{text}\nTCB status: {claims.TcbStatus}{Advisories(claims)}{TcbText.Parts(claims)}{form}"
            : text + form;
    }

    private static string Advisories(QuoteClaims claims) =>
        claims.Advisories.IsDefaultOrEmpty ? string.Empty : $" ({string.Join(", ", claims.Advisories)})";
}
