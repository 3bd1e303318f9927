using System.Collections.Immutable;
using MarbleRun.Cli.Dashboard.Views;

namespace MarbleRun.Cli.Dashboard.Pages;

/// <summary>The certificates, those that end first first.</summary>
internal static class CertificatesPage
{
    private const int MaxRows = 200;

    public static string Write(PageContext context) => Layout.Write(context, "/certificates", "Certificates", isLive: true, html =>
    {
        ImmutableArray<CertificateView> all = CertificateView.Of(context.View);
        int near = all.Count(certificate => certificate.HealthAt(context.Now) != CertificateHealth.Good);
        html = near == 0
            ? html.Add($"""<p class="banner good">√ All {Words.Units(all.Length, "certificate")} have more than a quarter of """)
                .Add($"""their life left.</p>""")
            : html.Add($"""<p class="banner warn">‼ {Words.Units(near, "certificate")} of {all.Length} near the end, or not valid.</p>""");
        if (context.View.Marbles.Note is { } note)
        {
            html.Add($"<p>{note}</p>");
        }

        html.Add($"""<h2 id="all">By their end</h2><div class="scroll" tabindex="0" role="region" """)
            .Add($"""aria-labelledby="all"><table><thead><tr>""")
            .Add($"""<th scope="col">State</th><th scope="col">Certificate of</th><th scope="col">Left</th><th scope="col">Life """)
            .Add($"""left</th>""")
            .Add($"""<th scope="col">Ends</th></tr></thead><tbody>""");
        foreach (CertificateView certificate in all.Take(MaxRows))
        {
            WriteRow(html, certificate, context.Now);
        }

        html.Add($"</tbody></table></div>");
        if (all.Length > MaxRows)
        {
            html.Add($"<p>{Words.Units(all.Length - MaxRows, "certificate")} with a later end are not listed.</p>");
        }
    });

    private static void WriteRow(HtmlWriter html, CertificateView certificate, DateTimeOffset now)
    {
        double life = Math.Max(1, (certificate.Until - certificate.Since).TotalSeconds);
        long percent = (long)Math.Clamp((certificate.Until - now).TotalSeconds / life * 100, 0, 100);
        string mark = certificate.HealthAt(now) == CertificateHealth.Good ? "good" : "warn";
        html.Add($"""<tr class="{mark}"><td>{StateText(certificate, now)}""")
            .Add($"""</td><th scope="row">{certificate.Owner}</th><td>{Words.Left(certificate.Until, now)}</td>""")
            .Add($"""<td><meter min="0" max="100" low="25" value="{percent}" aria-label="Life left">{percent} %</meter> {percent} %</td>""")
            .Add($"<td>{Words.Time(certificate.Until)}</td></tr>");
    }

    private static string StateText(CertificateView certificate, DateTimeOffset now) => certificate.HealthAt(now) switch
    {
        CertificateHealth.Good => "√ good",
        CertificateHealth.NearEnd => "‼ near its end",
        CertificateHealth.Ended => "× ended",
        _ => "× not valid yet",
    };
}
