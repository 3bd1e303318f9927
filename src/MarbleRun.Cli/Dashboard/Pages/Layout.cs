using MarbleRun.Cli.Dashboard.Views;

namespace MarbleRun.Cli.Dashboard.Pages;

/// <summary>What all pages have: the head, the way around, and the state of the connection.</summary>
internal static class Layout
{
    private static readonly (string Path, string Name)[] s_pages =
        [("/", "Verdict"), ("/mesh", "Mesh"), ("/certificates", "Certificates"), ("/update", "Update"), ("/audit", "Audit")];

    /// <param name="context">What the page is drawn from.</param>
    /// <param name="path">The path of the page.</param>
    /// <param name="title">The heading.</param>
    /// <param name="isLive">Whether the page follows what happens; a page with a form does not.</param>
    /// <param name="content">Writes the page below its heading.</param>
    public static string Write(PageContext context, string path, string title, bool isLive, Action<HtmlWriter> content)
    {
        DashboardView view = context.View;
        var html = new HtmlWriter();
        html.Add($"""<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" """)
            .Add($"""content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark">""")
            .Add($"""<title>{title} – {view.Address} – MarbleRun</title><link rel="icon" href="/assets/icon.svg">""")
            .Add($"""<link rel="stylesheet" href="/assets/dashboard.css">""");
        html.Add($"""<script src="/assets/forms.js" defer></script>""");
        if (isLive)
        {
            html.Add($"""<script src="/assets/dashboard.js" defer></script>""");
        }

        html.Add($"""</head><body data-version="{view.Version}"><a class="skip" href="#content">Skip to the content</a>""")
            .Add($"""<header><p class="name">MarbleRun <span class="address">{view.Address}</span></p>""");
        WriteNavigation(html, path, view);
        html.Add($"""</header><main id="content" tabindex="-1"><h1>{title}</h1>""");
        WriteState(html, view);
        content(html);
        html.Add($"""</main><footer><p role="status" id="live">As of {Words.Time(view.At)}</p></footer></body></html>""");
        return html.ToString();
    }

    private static void WriteNavigation(HtmlWriter html, string path, DashboardView view)
    {
        if (view.Phase == WatchPhase.Stopped)
        {
            return;
        }

        html.Add($"""<nav aria-label="Pages"><ul>""");
        foreach ((string page, string name) in s_pages)
        {
            html.Add($"""<li><a href="{page}" """);
            if (page == path)
            {
                html.Add($"""aria-current="page" """);
            }

            html.Add($""">{name}</a></li>""");
        }

        html.Add($"</ul></nav>");
    }

    private static void WriteState(HtmlWriter html, DashboardView view)
    {
        if (view.Phase == WatchPhase.Unreachable)
        {
            html.Add($"""<p class="banner bad" role="alert"><strong>The Coordinator does not answer.</strong> {view.Notice} """)
                .Add($"What follows is of {Words.Time(view.At)}.</p>");
        }
        else if (view.Notice is { } notice)
        {
            html.Add($"""<p class="banner warn">{notice}</p>""");
        }
    }
}
