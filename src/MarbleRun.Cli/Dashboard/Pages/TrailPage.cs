using MarbleRun.Audit;
using MarbleRun.Cli.Dashboard.Views;

namespace MarbleRun.Cli.Dashboard.Pages;

/// <summary>The audit trail: what was refused, what was decided, and the head that proves it.</summary>
internal static class TrailPage
{
    private const int MaxRefusals = 100;
    private const int MaxRecords = 200;

    public static string Write(PageContext context) => Layout.Write(context, "/audit", "Audit", isLive: true, html =>
    {
        TrailView trail = context.View.Trail;
        if (trail.Head is not { } head)
        {
            html.Add($"<p>{trail.Note}</p>");
            return;
        }

        WriteHead(html, trail, head);
        RefusalTree.Write(html, trail.Attempts, trail.AttemptsNote);
        html.Add($"""<h2 id="refusals">Refused and failed decisions</h2>""");
        WriteRecords(html, [.. trail.Refusals.Take(MaxRefusals)], "refused", "Nothing was refused in the records that are shown.");
        html.Add($"""<h2 id="timeline">All decisions</h2>""");
        WriteRecords(html, [.. trail.Records.Take(MaxRecords)], "all", "There are no records.");
    });

    private static void WriteHead(HtmlWriter html, TrailView trail, AuditHead head)
    {
        if (trail.Faults.IsEmpty)
        {
            html.Add($"""<p class="banner good">√ The last {Words.Units(trail.Records.Length, "record")} form a chain up to the """)
                .Add($"""head that the """)
                .Add($"Coordinator has in memory.</p>");
        }
        else
        {
            html.Add($"""<div class="banner bad" role="alert"><p><strong>× The trail on the Coordinator's disk was """)
                .Add($"""changed.</strong></p><ul>""");
            foreach (string fault in trail.Faults)
            {
                html.Add($"<li>{fault}</li>");
            }

            html.Add($"</ul></div>");
        }

        html.Add($"""<dl class="facts"><dt>Last record</dt><dd>{head.Sequence}</dd><dt>Head</dt><dd><code>{head.Hash}</code></dd></dl>""")
            .Add($"""<p><a href="/audit/trail.jsonl" download>The records</a> and <a href="/audit/head.json" download>the head """)
            .Add($"""with the root """)
            .Add($"certificate</a>. Keep the head elsewhere; later, <code>marblerun audit verify trail.jsonl --expect-head ")
            .Add($"{head.Hash}</code> ")
            .Add($"shows whether a record was changed or removed.</p>");
    }

    private static void WriteRecords(HtmlWriter html, AuditRecord[] records, string list, string none)
    {
        if (records.Length == 0)
        {
            html.Add($"<p>{none}</p>");
            return;
        }

        html.Add($"""<ol class="timeline">""");
        foreach (AuditRecord record in records)
        {
            WriteRecord(html, record, list);
        }

        html.Add($"</ol>");
    }

    private static void WriteRecord(HtmlWriter html, AuditRecord record, string list)
    {
        html.Add($"""<li class="{OutcomeClass(record.Outcome)}"><details id="{list}-{record.Sequence}"><summary>""")
            .Add($"<span>{Words.Time(record.Time)}</span> <strong>{OutcomeText(record.Outcome)}</strong> {record.Action} ")
            .Add($"by {ActorText(record)}");
        if (record.Outcome != AuditOutcome.Allowed && record.Details.TryGetValue("reason", out string? reason))
        {
            html.Add($": {reason}");
        }

        html.Add($"</summary>");
        html.Add($"<dl><dt>Record</dt><dd>{record.Sequence}</dd>");
        if (record.CertificateHash is { } certificate)
        {
            html.Add($"<dt>Certificate, SHA-256</dt><dd><code>{certificate}</code></dd>");
        }

        foreach ((string name, string value) in record.Details)
        {
            html.Add($"<dt>{name}</dt><dd>{value}</dd>");
        }

        html.Add($"</dl></details></li>");
    }

    private static string ActorText(AuditRecord record) =>
        record.User ?? (record.CertificateHash is { Length: > 16 } hash ? $"certificate {hash[..16]}…" : "a caller without a certificate");

    private static string OutcomeText(AuditOutcome outcome) => outcome switch
    {
        AuditOutcome.Allowed => "√ allowed",
        AuditOutcome.Denied => "× refused",
        _ => "‼ failed",
    };

    private static string OutcomeClass(AuditOutcome outcome) => outcome == AuditOutcome.Allowed ? "good" : "bad";
}
