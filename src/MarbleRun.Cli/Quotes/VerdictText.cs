using MarbleRun.Attestation;

namespace MarbleRun.Cli.Quotes;

/// <summary>A verdict for people.</summary>
internal static class VerdictText
{
    public static string Write(Verdict verdict)
    {
        string text = verdict.ToString().TrimEnd('\n');
        return verdict.Claims is { } claims
            ? $"{text}\nTCB status: {claims.TcbStatus}{Advisories(claims)}"
            : text;
    }

    private static string Advisories(QuoteClaims claims) =>
        claims.Advisories.IsDefaultOrEmpty ? string.Empty : $" ({string.Join(", ", claims.Advisories)})";
}
