using System.Collections.Immutable;
using System.Globalization;
using MarbleRun.Attestation;
using MarbleRun.Management;

namespace MarbleRun.Cli.Dashboard.Pages;

/// <summary>Refused activations and renewals, each with the tree of its checks: nested lists and details, which need no script.</summary>
internal static class RefusalTree
{
    public static void Write(HtmlWriter html, ImmutableArray<RefusedActivation> refusals, string? note)
    {
        html.Add($"""<h2 id="attempts">Refused Marbles</h2>""");
        if (note is not null)
        {
            html.Add($"<p>{note}</p>");
            return;
        }

        if (refusals.IsEmpty)
        {
            html.Add($"<p>No activation and no renewal was refused since the start of the Coordinator.</p>");
            return;
        }

        html.Add($"""<ul class="timeline" aria-labelledby="attempts">""");
        foreach (RefusedActivation refused in refusals)
        {
            WriteAttempt(html, refused);
        }

        html.Add($"</ul>");
    }

    /// <summary>The name of an element stays the same while the attempt is repeated.</summary>
    private static string NameOf(RefusedActivation refused)
    {
        string certificate = refused.Certificate is { Length: > 16 } hash ? hash[..16] : "none";
        return string.Create(
            CultureInfo.InvariantCulture,
            $"attempt-{refused.FirstTime.ToUnixTimeSeconds()}-{certificate}-{refused.Reason}-{Failed(refused)?.Code}");
    }

    private static VerdictCheck? Failed(RefusedActivation refused) =>
        refused.Checks.FirstOrDefault(check => check.Outcome == VerdictCheckOutcome.Failed);

    private static void WriteAttempt(HtmlWriter html, RefusedActivation refused)
    {
        html.Add($"""<li class="bad"><details id="{NameOf(refused)}"><summary><span>{Words.Time(refused.LastTime)}</span> """)
            .Add($"<strong>× refused</strong> {refused.Action} of Marble type {refused.MarbleType}")
            .Text(refused.Count == 1
                ? string.Empty
                : string.Create(CultureInfo.InvariantCulture, $", {refused.Count} times since {Words.Time(refused.FirstTime)}"))
            .Add($": {refused.Message}</summary><dl><dt>Reason</dt><dd>{refused.Reason}</dd>")
            .Add($"<dt>Certificate, SHA-256</dt><dd><code>{refused.Certificate ?? "none"}</code></dd></dl>");
        if (refused.Checks.IsEmpty)
        {
            html.Add($"<p>The evidence was not the reason, or was not verified.</p>");
        }
        else
        {
            html.Add($"""<p>Checks of its evidence ({refused.Verdict}):</p><ul class="checks">""");
            foreach (VerdictCheck check in refused.Checks)
            {
                WriteCheck(html, check);
            }

            html.Add($"</ul>");
        }

        html.Add($"</details></li>");
    }

    private static void WriteCheck(HtmlWriter html, VerdictCheck check)
    {
        html.Add($"""<li class="{(check.Outcome == VerdictCheckOutcome.Failed ? "bad" : "good")}">""")
            .Add($"<strong>{Words.Outcome(check.Outcome)}</strong> <code>{check.Code}</code>");
        (string Name, string? Text)[] texts =
            [("Expected", check.Expected), ("Found", check.Found), ("Rule", check.Source), ("Do", check.Remedy)];
        if (texts.Any(text => text.Text is not null))
        {
            html.Add($"<dl>");
            foreach ((string name, string? text) in texts.Where(text => text.Text is not null))
            {
                html.Add($"<dt>{name}</dt><dd>{text}</dd>");
            }

            html.Add($"</dl>");
        }

        html.Add($"</li>");
    }
}
