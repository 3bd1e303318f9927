using System.Collections.Immutable;
using MarbleRun.Management.Revocations;

namespace MarbleRun.Cli.Dashboard.Pages;

/// <summary>The live Marbles of one type, in parts.</summary>
internal static class MarbleTable
{
    public const int PageSize = 100;

    public static void Write(HtmlWriter html, PageContext context, string type, int page)
    {
        html.Add($"""<h2 id="marbles">Live Marbles of type {type}</h2>""");
        if (!context.View.Marbles.ByType.TryGetValue(type, out ImmutableArray<IssuedMarble> marbles))
        {
            html.Add($"<p>None is known.</p>");
            return;
        }

        int pages = (marbles.Length + PageSize - 1) / PageSize;
        int current = Math.Clamp(page, 0, pages - 1);
        bool mayRevoke = context.View.User.Revocable.Contains(type);
        html.Add($"""<div class="scroll" tabindex="0" role="region" aria-labelledby="marbles"><table><thead><tr><th """)
            .Add($"""scope="col">UUID</th>""")
            .Add($"""<th scope="col">Names</th><th scope="col">Certificate ends</th><th scope="col">Last seen</th>""")
            .Add($"""<th scope="col">Measurement</th>""");
        html.Add($"""<th scope="col">Certificate, SHA-256</th>""");
        if (mayRevoke)
        {
            html.Add($"""<th scope="col">Action</th>""");
        }

        html.Add($"</tr></thead><tbody>");
        foreach (IssuedMarble marble in marbles.Skip(current * PageSize).Take(PageSize))
        {
            WriteRow(html, context, marble, mayRevoke);
        }

        html.Add($"</tbody></table></div>");
        WritePages(html, type, current, pages);
    }

    private static void WriteRow(HtmlWriter html, PageContext context, IssuedMarble marble, bool mayRevoke)
    {
        html.Add($"""<tr><th scope="row"><code>{marble.Id}</code></th><td>{string.Join(", ", marble.Names)}</td>""")
            .Add($"<td>{Words.Left(marble.Until, context.Now)}</td><td>{Words.Time(marble.LastSeen)}</td>")
            .Add($"""<td><code class="long">{marble.Measurement ?? "none"}</code></td><td><code """)
            .Add($"""class="long">{marble.Certificate}</code></td>""");
        if (mayRevoke)
        {
            html.Add($"""<td><a href="/revoke?kind=Uuid&amp;subject={Uri.EscapeDataString(marble.Id.ToString())}">Revoke""")
                .Add($"""<span class="hidden"> {marble.Id}</span></a></td>""");
        }

        html.Add($"</tr>");
    }

    private static void WritePages(HtmlWriter html, string type, int current, int pages)
    {
        if (pages < 2)
        {
            return;
        }

        html.Add($"""<nav aria-label="Parts of the list"><ul class="parts">""");
        for (int i = 0; i < pages; i++)
        {
            html.Add($"""<li><a href="/mesh?type={Uri.EscapeDataString(type)}&amp;page={i}#marbles" """);
            if (i == current)
            {
                html.Add($"""aria-current="page" """);
            }

            html.Add($""">{i + 1}</a></li>""");
        }

        html.Add($"</ul></nav>");
    }
}
