using MarbleRun.Attestation;

namespace MarbleRun.Cli.Quotes;

/// <summary>A verdict for people.</summary>
internal static class VerdictText
{
    public static string Write(Verdict verdict)
    {
        // The command has nothing to compare the report data with.
        string text = verdict.ToString().TrimEnd('\n').Replace("  ok   report.data\n", string.Empty, StringComparison.Ordinal);
        return verdict.Claims is { } claims
            ? $"{text}\nTCB status: {claims.TcbStatus}{Advisories(claims)}{TcbText.Parts(claims)}"
            : text;
    }

    private static string Advisories(QuoteClaims claims) =>
        claims.Advisories.IsDefaultOrEmpty ? string.Empty : $" ({string.Join(", ", claims.Advisories)})";
}
