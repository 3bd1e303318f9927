using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Cli.Dashboard.Views;

namespace MarbleRun.Cli.Dashboard.Pages;

/// <summary>The first page: why this Coordinator is trusted, and what it does.</summary>
internal static class VerdictPage
{
    public static string Write(PageContext context) => Layout.Write(context, "/", "Verdict", isLive: true, html =>
    {
        if (context.View.Coordinator is not { } coordinator)
        {
            return;
        }

        WriteVerdict(html, context, coordinator);
        WriteSummary(html, context);
        WriteChecks(html, coordinator.Verdict);
        WriteClaims(html, coordinator);
    });

    private static void WriteVerdict(HtmlWriter html, PageContext context, TrustedCoordinator coordinator) => html
        .Add($"""<p class="banner good"><strong>√ Verified.</strong> This program verified the quote of the Coordinator itself at """)
        .Add($"{Words.Time(context.View.VerifiedAt)}: {Words.Units(coordinator.Verdict.Checks.Length, "check")} passed. Every page ")
        .Add($"comes over a connection that is pinned to the root certificate in that quote.</p>");

    private static void WriteSummary(HtmlWriter html, PageContext context)
    {
        DashboardView view = context.View;
        int near = CertificateView.Of(view).Count(c => c.HealthAt(context.Now) != CertificateHealth.Good);
        html.Add($"""<h2 id="summary">The mesh in short</h2><dl class="facts"><dt>State</dt><dd>{view.Status?.Message ?? "unknown"}</dd>""")
            .Add($"<dt>Manifest</dt><dd>");
        if (view.Mesh is { } mesh)
        {
            html.Add($"<code>{mesh.Signed.Fingerprint}</code>, signed by the root</dd><dt>Marble ")
                .Add($"types</dt><dd>{mesh.Manifest.Marbles.Count} ")
                .Add($"""in {Words.Units(mesh.Manifest.Packages.Count, "package")} (<a href="/mesh">picture</a>)""");
        }
        else
        {
            html.Add($"none is in force");
        }

        html.Add($"</dd><dt>Live Marbles</dt><dd>{view.Marbles.Note ?? Words.Units(view.Marbles.Count, "certificate")}</dd>")
            .Add($"<dt>Certificates</dt><dd>");
        html = near == 0
            ? html.Add($"""all have more than a quarter of their life left (<a href="/certificates">list</a>)""")
            : html.Add($"""<strong>‼ {Words.Units(near, "certificate")} near the end</strong> (<a href="/certificates">list</a>)""");
        html.Add($"</dd><dt>Update</dt><dd>");
        html = view.Pending is { } pending
            ? html.Add($"""<strong>‼ one is pending</strong>, {pending.Message} (<a href="/update">changes</a>)""")
            : html.Add($"none is pending");
        html.Add($"</dd><dt>You</dt><dd>{UserText(view.User)}</dd></dl>");
    }

    private static string UserText(UserView user) => user switch
    {
        { HasCertificate: false } => "read-only: the dashboard was started without a user's certificate",
        { Name: null } => "your certificate belongs to no user of the manifest",
        { Name: var name } => $"user {name}",
    };

    private static void WriteChecks(HtmlWriter html, Verdict verdict)
    {
        // Checks that passed have no values; of one that did not there would be no page.
        html.Add($"""<h2 id="checks">Checks of the quote</h2><div class="scroll" tabindex="0" role="region" aria-labelledby="checks">""")
            .Add($"""<table><thead><tr><th scope="col">Outcome</th><th scope="col">Check</th><th scope="col">Rule</th></tr></thead>""")
            .Add($"<tbody>");
        foreach (VerdictCheck check in verdict.Checks)
        {
            html.Add($"""<tr><td>{Words.Outcome(check.Outcome)}</td><th scope="row"><code>{check.Code}</code></th>""")
                .Add($"<td>{check.Source}</td></tr>");
        }

        html.Add($"</tbody></table></div>");
    }

    private static void WriteClaims(HtmlWriter html, TrustedCoordinator coordinator)
    {
        html.Add($"""<h2 id="claims">What the quote says</h2><dl class="facts">""");
        if (coordinator.Verdict.Claims is { } claims)
        {
            html.Add($"<dt>Platform</dt><dd>{claims.Tee.ToString()}</dd><dt>TCB status</dt><dd>{claims.TcbStatus.ToString()}</dd>");
            WriteCode(html, claims);
        }

        html.Add($"<dt>Root certificate, SHA-256</dt><dd><code>{Fingerprint(coordinator)}</code></dd></dl>");
    }

    private static void WriteCode(HtmlWriter html, QuoteClaims claims)
    {
        html.Add($"<dt>Measurement</dt><dd><code>{claims.UniqueId}</code></dd>");
        if (claims.Tee == TeeType.Sgx)
        {
            html.Add($"<dt>Signer</dt><dd><code>{claims.SignerId}</code></dd><dt>Product, security version</dt>")
                .Add($"<dd>{claims.ProductId}, {claims.SecurityVersion}</dd>");
        }

        html.Add($"<dt>Debug</dt><dd>{(claims.Debug ? "‼ yes" : "no")}</dd>");
        if (!claims.Advisories.IsDefaultOrEmpty)
        {
            html.Add($"<dt>Advisories</dt><dd>{string.Join(", ", claims.Advisories)}</dd>");
        }
    }

    private static string Fingerprint(TrustedCoordinator coordinator) =>
        Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(coordinator.Root.RawDataMemory.Span));
}
