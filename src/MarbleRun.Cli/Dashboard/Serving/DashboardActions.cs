using MarbleRun.Cli.Dashboard.Pages;
using MarbleRun.Cli.Dashboard.Views;
using MarbleRun.Cli.Dashboard.Watching;
using MarbleRun.Management;
using MarbleRun.Management.Revocations;
using MarbleRun.Management.Updates;
using Microsoft.AspNetCore.Http;

namespace MarbleRun.Cli.Dashboard.Serving;

/// <summary>Answers POST: what the user confirmed, with the token that only the tab of the link has.</summary>
internal sealed class DashboardActions(CoordinatorWatch watch, Session session, DashboardPages pages)
{
    public async Task AnswerAsync(HttpContext http)
    {
        if (!http.Request.HasFormContentType)
        {
            await RefuseAsync(http, StatusCodes.Status415UnsupportedMediaType, "Send a form of this dashboard.");
            return;
        }

        IFormCollection form = await http.Request.ReadFormAsync(http.RequestAborted);
        if (!session.IsFormToken(form["form"].FirstOrDefault()))
        {
            await RefuseAsync(
                http,
                StatusCodes.Status403Forbidden,
                "Act in the tab in which you opened the link of the dashboard; another tab or program cannot change anything.");
            return;
        }

        DashboardView view = watch.View;
        if (watch.Client is not { } client || !view.User.HasCertificate)
        {
            await RefuseAsync(http, StatusCodes.Status403Forbidden, "The dashboard is read-only.");
            return;
        }

        string? page;
        try
        {
            page = http.Request.Path.Value switch
            {
                "/update/approve" => await ApproveAsync(client, view, form, http.RequestAborted),
                "/update/cancel" => await CancelAsync(client, view, form, http.RequestAborted),
                "/revoke" => await RevokeAsync(client, form, http.RequestAborted),
                "/lift" => await LiftAsync(client, view, form, http.RequestAborted),
                _ => null,
            };
        }
        catch (CoordinatorException exception)
        {
            page = await ResultAsync(BackOf(http), "Not done", isDone: false, exception.Message, http.RequestAborted);
        }

        if (page is null)
        {
            await RefuseAsync(http, StatusCodes.Status404NotFound, "The dashboard has no such action.");
            return;
        }

        await DashboardPages.WriteAsync(http, page);
    }

    private async Task<string> ApproveAsync(
        ICoordinatorClient client, DashboardView view, IFormCollection form, CancellationToken cancellation)
    {
        if (view.Pending is not { } pending || pending.Fingerprint != form["fingerprint"].FirstOrDefault())
        {
            return await ChangedAsync(cancellation);
        }

        UpdateResult result = await client.AcknowledgeUpdateAsync(pending.Manifest, cancellationToken: cancellation);
        string text = result.IsApplied
            ? "You approved the update, and it is in force."
            : $"You approved the update. {Words.Units(result.MissingAcknowledgments, "approval")} missing, of "
                + $"{string.Join(", ", result.MissingUsers)}.";
        return result.RecoverySecrets.Count == 0
            ? await ResultAsync("/update", "Approved", isDone: true, text, cancellation)
            : RecoveryPage.Write(await ContextAsync(cancellation), text, result.RecoverySecrets);
    }

    private async Task<string> CancelAsync(
        ICoordinatorClient client, DashboardView view, IFormCollection form, CancellationToken cancellation)
    {
        if (view.Pending?.Fingerprint is not { } fingerprint || fingerprint != form["fingerprint"].FirstOrDefault())
        {
            return await ChangedAsync(cancellation);
        }

        await client.CancelUpdateAsync(cancellation);
        return await ResultAsync("/update", "Cancelled", isDone: true, "The update is cancelled.", cancellation);
    }

    private async Task<string> RevokeAsync(ICoordinatorClient client, IFormCollection form, CancellationToken cancellation)
    {
        RevocationSubjectKind kind = DashboardPages.Kind(form["kind"].FirstOrDefault());
        string subject = (form["subject"].FirstOrDefault() ?? string.Empty).Trim();
        string reason = (form["reason"].FirstOrDefault() ?? string.Empty).Trim();
        if (subject.Length == 0 || reason.Length == 0)
        {
            return ConfirmPage.Revoke(pages.Context(), kind, subject, reason, "Give a subject and a reason.");
        }

        RevocationResult result;
        try
        {
            result = await client.RevokeAsync(kind, subject, reason, cancellation);
        }
        catch (CoordinatorException exception) when (exception.ErrorCode == CoordinatorErrorCode.Rejected)
        {
            return ConfirmPage.Revoke(pages.Context(), kind, subject, reason, exception.Message);
        }

        string secrets = result.Secrets.IsDefaultOrEmpty ? string.Empty : $" They held the secrets {string.Join(", ", result.Secrets)}: "
            + "replace them if the Marble was not trustworthy.";
        return await ResultAsync(
            "/mesh",
            "Revoked",
            isDone: true,
            (result.Revocation.IsInForce
                ? $"Revocation {result.Revocation.Number} is in force. It names "
                    + $"{Words.Units(result.Marbles.Length + result.OmittedMarbles, "known certificate")}."
                : $"Revocation {result.Revocation.Number} waits for {Words.Units(result.Revocation.MissingApprovals, "approval")}, of "
                    + $"{string.Join(", ", result.Revocation.MissingUsers)}.") + secrets,
            cancellation);
    }

    private async Task<string> LiftAsync(
        ICoordinatorClient client, DashboardView view, IFormCollection form, CancellationToken cancellation)
    {
        if (DashboardPages.FindLiftable(view, form["number"].FirstOrDefault()) is not { } known
            || RevocationTable.ConfirmationOf(known) != form["confirmed"].FirstOrDefault())
        {
            return await ResultAsync(
                "/mesh", "Not done", isDone: false, "The revocation is not the one that you confirmed. Read it again.", cancellation);
        }

        RevocationResult result = await client.LiftRevocationAsync(known.Number, cancellation);
        return await ResultAsync(
            "/mesh",
            result.IsLifted ? "Lifted" : "Approved",
            isDone: true,
            result.IsLifted
                ? $"Revocation {known.Number} is lifted."
                : $"You agreed to lifting revocation {known.Number}. "
                    + $"{Words.Units(result.Revocation.MissingApprovals, "approval")} missing, of "
                    + $"{string.Join(", ", result.Revocation.MissingUsers)}.",
            cancellation);
    }

    private Task<string> ChangedAsync(CancellationToken cancellation) => ResultAsync(
        "/update", "Not done", isDone: false, "The pending update is not the one that you confirmed. Read it again.", cancellation);

    private async Task<string> ResultAsync(string back, string title, bool isDone, string text, CancellationToken cancellation) =>
        ConfirmPage.Result(await ContextAsync(cancellation), back, title, isDone, text);

    /// <summary>What is known after the action.</summary>
    private async Task<PageContext> ContextAsync(CancellationToken cancellation)
    {
        await watch.RefreshAsync(cancellation);
        return pages.Context();
    }

    private async Task RefuseAsync(HttpContext http, int status, string reason)
    {
        http.Response.StatusCode = status;
        await DashboardPages.WriteAsync(http, ConfirmPage.Result(pages.Context(), BackOf(http), "Refused", isDone: false, reason));
    }

    private static string BackOf(HttpContext http) => http.Request.Path.StartsWithSegments("/update") ? "/update" : "/mesh";
}
