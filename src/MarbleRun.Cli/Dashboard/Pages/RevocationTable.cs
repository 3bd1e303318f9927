using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using MarbleRun.Management.Revocations;

namespace MarbleRun.Cli.Dashboard.Pages;

/// <summary>The revocations, those that wait for approvals too.</summary>
internal static class RevocationTable
{
    public static void Write(HtmlWriter html, PageContext context)
    {
        if (context.View.Marbles.Note is not null)
        {
            return;
        }

        html.Add($"""<h2 id="revocations">Revocations</h2>""");
        if (!context.View.User.Revocable.IsEmpty)
        {
            html.Add($"""<p><a href="/revoke">Revoke Marbles</a> by type, certificate, measurement or machine.</p>""");
        }

        if (context.View.Marbles.Revocations.IsEmpty)
        {
            html.Add($"<p>No Marble is revoked.</p>");
            return;
        }

        bool mayLift = context.View.Marbles.Revocations.Any(context.View.User.MayLift);
        html.Add($"""<div class="scroll" tabindex="0" role="region" aria-labelledby="revocations"><table><thead><tr>""")
            .Add($"""<th scope="col">Number</th><th scope="col">Subject</th><th scope="col">Reason</th><th scope="col">State</th>""");
        if (mayLift)
        {
            html.Add($"""<th scope="col">Action</th>""");
        }

        html.Add($"""</tr></thead><tbody>""");
        foreach (Revocation revocation in context.View.Marbles.Revocations)
        {
            html.Add($"""<tr><th scope="row">{(long)revocation.Number}</th><td>{revocation.Kind.ToString()} """)
                .Add($"<code>{revocation.Subject}</code></td><td>{revocation.Reason}</td><td>{StateText(revocation)}</td>");
            if (mayLift)
            {
                WriteAction(html, context, revocation);
            }

            html.Add($"</tr>");
        }

        html.Add($"</tbody></table></div>");
    }

    /// <summary>What a user who confirms has read; another one if the revocation changed.</summary>
    public static string ConfirmationOf(Revocation revocation) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(
            CultureInfo.InvariantCulture,
            $"{revocation.Number}|{revocation.Kind}|{revocation.Subject}|{revocation.IsInForce}|{revocation.Reason}"))));

    private static void WriteAction(HtmlWriter html, PageContext context, Revocation revocation)
    {
        html.Add($"<td>");
        if (context.View.User.MayLift(revocation))
        {
            html.Add($"""<a href="/lift?number={(long)revocation.Number}">Lift<span class="hidden"> revocation """)
                .Add($"{(long)revocation.Number}</span></a>");
        }

        html.Add($"</td>");
    }

    public static string StateText(Revocation revocation) =>
        (revocation.IsInForce ? "in force" : "waits")
        + (revocation.MissingApprovals == 0
            ? string.Empty
            : $"; {Words.Units(revocation.MissingApprovals, "approval")} missing{(revocation.IsInForce ? " to lift it" : string.Empty)}"
                + (revocation.MissingUsers.IsDefaultOrEmpty ? string.Empty : $", of {string.Join(", ", revocation.MissingUsers)}"));
}
