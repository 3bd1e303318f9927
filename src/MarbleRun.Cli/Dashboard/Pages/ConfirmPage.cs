using MarbleRun.Cli.Dashboard.Views;
using MarbleRun.Management.Revocations;

namespace MarbleRun.Cli.Dashboard.Pages;

/// <summary>Pages that ask before something is changed. They do not follow what happens: what is confirmed is what was read.</summary>
internal static class ConfirmPage
{
    public static string Approve(PageContext context, PendingView pending) =>
        Layout.Write(context, "/update", "Approve the update?", isLive: false, html =>
        {
            html.Add($"<p>You agree as user {context.View.User.Name} to exactly these changes. This cannot be taken back; when enough ")
                .Add($"users agree, the update is in force. Missing: {string.Join(", ", pending.Missing)}.</p>");
            UpdatePage.WriteChanges(html, pending);
            WriteForm(html, "/update/approve", "Approve this update", form =>
                form.Add($"""<input type="hidden" name="fingerprint" value="{pending.Fingerprint}">"""), "/update");
        });

    public static string Cancel(PageContext context, PendingView pending) =>
        Layout.Write(context, "/update", "Cancel the update?", isLive: false, html =>
        {
            html.Add($"<p>The update with the SHA-256 <code>{pending.Fingerprint}</code> and all approvals of it are dropped.</p>");
            WriteForm(html, "/update/cancel", "Cancel this update", form =>
                form.Add($"""<input type="hidden" name="fingerprint" value="{pending.Fingerprint}">"""), "/update");
        });

    /// <param name="context">What the page is drawn from.</param>
    /// <param name="kind">The kind of subject that is chosen.</param>
    /// <param name="subject">The subject; empty if it is not chosen yet.</param>
    /// <param name="reason">The reason; empty at first.</param>
    /// <param name="fault">What was wrong with the form; null at first.</param>
    public static string Revoke(PageContext context, RevocationSubjectKind kind, string subject, string reason, string? fault) =>
        Layout.Write(context, "/mesh", "Revoke Marbles?", isLive: false, html =>
        {
            string types = string.Join(", ", context.View.User.Revocable.Order(StringComparer.Ordinal));
            html.Add($"<p>Marbles of this subject lose their certificate and are not activated again, until the revocation is lifted. You ")
                .Add($"revoke as user {context.View.User.Name}, Marbles of the types {types}.</p>");
            if (fault is not null)
            {
                html.Add($"""<p class="banner bad" role="alert">{fault}</p>""");
            }

            WriteForm(html, "/revoke", "Revoke", form =>
            {
                form.Add($"""<p><label for="kind">Kind</label> <select id="kind" name="kind">""");
                foreach (RevocationSubjectKind each in Enum.GetValues<RevocationSubjectKind>().Where(k => k != default))
                {
                    form.Add($"""<option value="{each.ToString()}" """)
                        .Add($"""{(each == kind ? "selected" : string.Empty)}>{each.ToString()}</option>""");
                }

                form.Add($"""</select></p><p><label for="subject">Subject</label> <input id="subject" name="subject" required """)
                    .Add($"""value="{subject}" size="66" autocomplete="off" spellcheck="false"></p>""")
                    .Add($"""<p><label for="reason">Reason, which other users read</label> <input id="reason" name="reason" required """)
                    .Add($"""maxlength="500" size="66" value="{reason}" autocomplete="off"></p>""");
            }, "/mesh");
        });

    public static string Lift(PageContext context, Revocation revocation) =>
        Layout.Write(context, "/mesh", "Lift the revocation?", isLive: false, html =>
        {
            string effect = revocation.IsInForce
                ? "Marbles of this subject are activated again as the manifest says"
                : "The revocation, which is not in force yet, is dropped";
            html.Add($"<p>{effect}, when enough users agree. You agree as user {context.View.User.Name}.</p>")
                .Add($"""<dl class="facts"><dt>Number</dt><dd>{(long)revocation.Number}</dd><dt>Subject</dt>""")
                .Add($"<dd>{revocation.Kind.ToString()} <code>{revocation.Subject}</code></dd>")
                .Add($"<dt>Reason</dt><dd>{revocation.Reason}</dd><dt>State</dt><dd>{RevocationTable.StateText(revocation)}</dd></dl>");
            WriteForm(html, "/lift", "Lift this revocation", form => form
                .Add($"""<input type="hidden" name="number" value="{(long)revocation.Number}">""")
                .Add($"""<input type="hidden" name="confirmed" value="{RevocationTable.ConfirmationOf(revocation)}">"""), "/mesh");
        });

    public static string Result(PageContext context, string path, string title, bool isDone, string text) =>
        Layout.Write(context, path, title, isLive: false, html => html
            .Add($"""<p class="banner {(isDone ? "good" : "bad")}" role="alert">{text}</p><p><a class="button" """)
            .Add($"""href="{path}">Back</a></p>"""));

    private static void WriteForm(
        HtmlWriter html, string path, string button, Action<HtmlWriter> fields, string back)
    {
        html.Add($"""<form method="post" action="{path}"><input type="hidden" name="form">""");
        fields(html);
        html.Add($"""<p class="actions"><button type="submit">{button}</button> <a class="button" href="{back}">Back</a></p></form>""");
    }
}
