using System.Collections.Immutable;
using MarbleRun.Cli.Dashboard.Views;

namespace MarbleRun.Cli.Dashboard.Pages;

/// <summary>The pending update as a diff, who approved it, and the changes of the past.</summary>
internal static class UpdatePage
{
    private const int MaxLog = 100;

    public static string Write(PageContext context) => Layout.Write(context, "/update", "Update", isLive: true, html =>
    {
        if (context.View.Pending is { } pending)
        {
            WritePending(html, context.View, pending);
        }
        else
        {
            html.Add($"""<p class="banner good">No update is pending.</p>""");
        }

        WriteLog(html, context.View.Log);
    });

    public static void WriteChanges(HtmlWriter html, PendingView pending)
    {
        html.Add($"""<h2 id="changes">Changes to the manifest</h2>""");
        if (pending.Fault is { } fault)
        {
            html.Add($"<p>{fault}</p>");
            return;
        }

        html.Add($"""<div class="scroll" tabindex="0" role="region" aria-labelledby="changes"><table class="diff"><thead><tr>""")
            .Add($"""<th scope="col">Change</th><th scope="col">Entry</th><th scope="col">Now</th><th scope="col">After the update</th>""")
            .Add($"</tr></thead><tbody>");
        foreach (ValueChange change in pending.Changes)
        {
            html.Add($"""<tr class="{change.Kind}"><td>{change.Kind}</td><th scope="row">{change.Path}</th><td>""");
            WriteValue(html, change.Before);
            html.Add($"</td><td>");
            WriteValue(html, change.After);
            html.Add($"</td></tr>");
        }

        html.Add($"</tbody></table></div>");
        if (pending.IsCut)
        {
            html.Add($"""<p class="banner warn">There are more changes. Read the whole update before you approve it.</p>""");
        }

        html.Add($"""<p><a href="/update/manifest.json" download>The whole update</a>, SHA-256 <code>{pending.Fingerprint}</code></p>""");
    }

    private static void WriteValue(HtmlWriter html, string? value)
    {
        if (value is null)
        {
            html.Add($"""<span class="none">not there</span>""");
            return;
        }

        html.Add($"<pre>");
        foreach ((int index, string line) in value.Split('\n').Index())
        {
            if (index > 0)
            {
                html.Add($"\n");
            }

            html.Text(line);
        }

        html.Add($"</pre>");
    }

    private static void WritePending(HtmlWriter html, DashboardView view, PendingView pending)
    {
        html.Add($"""<p class="banner warn"><strong>‼ An update is pending.</strong> {pending.Message}</p><dl class="facts">""")
            .Add($"<dt>Approved by</dt><dd>{Names(pending.Approved)}</dd><dt>May still approve</dt><dd>{Names(pending.Missing)}</dd></dl>");
        if (view.User.MayUpdate)
        {
            html.Add($"""<p class="actions"><a class="button" href="/update/approve">Approve…</a> """)
                .Add($"""<a class="button" href="/update/cancel">Cancel the update…</a></p>""");
        }

        WriteChanges(html, pending);
    }

    private static void WriteLog(HtmlWriter html, ImmutableArray<string> log)
    {
        html.Add($"""<h2 id="log">Changes until now</h2><ol class="timeline">""");
        foreach (string line in log.Reverse().Take(MaxLog))
        {
            html.Add($"<li><code>{line.TrimEnd('\n')}</code></li>");
        }

        html.Add($"</ol>");
    }

    private static string Names(ImmutableArray<string> names) => names.IsEmpty ? "no user" : string.Join(", ", names);
}
