using System.Globalization;
using System.Text;
using MarbleRun.Cli.Dashboard.Pages;
using MarbleRun.Cli.Dashboard.Views;
using MarbleRun.Cli.Dashboard.Watching;
using MarbleRun.Management.Revocations;
using Microsoft.AspNetCore.Http;

namespace MarbleRun.Cli.Dashboard.Serving;

/// <summary>Answers GET: a page for each path, and the downloads.</summary>
internal sealed class DashboardPages(CoordinatorWatch watch, TimeProvider clock)
{
    /// <summary>What a page is drawn from now.</summary>
    public PageContext Context() => new(watch.View, clock.GetUtcNow());

    public async Task AnswerAsync(HttpContext http)
    {
        PageContext context = Context();
        if (context.View.Phase == WatchPhase.Stopped)
        {
            await WriteAsync(http, StoppedPage.Write(context));
            return;
        }

        string? page = http.Request.Path.Value switch
        {
            "/" => VerdictPage.Write(context),
            "/mesh" => MeshPage.Write(context, Query(http, "type"), Number(http, "page")),
            "/certificates" => CertificatesPage.Write(context),
            "/update" => UpdatePage.Write(context),
            "/audit" => TrailPage.Write(context),
            "/update/approve" when context.View is { Pending: { } pending, User.MayUpdate: true } => ConfirmPage.Approve(context, pending),
            "/update/cancel" when context.View is { Pending: { } pending, User.MayUpdate: true } => ConfirmPage.Cancel(context, pending),
            "/revoke" when !context.View.User.Revocable.IsEmpty => ConfirmPage.Revoke(
                context, Kind(Query(http, "kind")), Query(http, "subject") ?? string.Empty, string.Empty, fault: null),
            "/lift" when FindLiftable(context.View, Query(http, "number")) is { } revocation => ConfirmPage.Lift(context, revocation),
            _ => null,
        };
        if (page is not null)
        {
            await WriteAsync(http, page);
        }
        else if (!await Downloads.TryAnswerAsync(http, watch))
        {
            http.Response.StatusCode = StatusCodes.Status404NotFound;
            await WriteAsync(http, ConfirmPage.Result(context, "/", "Not found", isDone: false, "The dashboard has no such page now."));
        }
    }

    public static async Task WriteAsync(HttpContext http, string page)
    {
        byte[] content = Encoding.UTF8.GetBytes(page);
        http.Response.ContentType = "text/html; charset=utf-8";
        http.Response.ContentLength = content.Length;
        await http.Response.Body.WriteAsync(content, http.RequestAborted);
    }

    /// <summary>The revocation with a number, if the user may lift it.</summary>
    public static Revocation? FindLiftable(DashboardView view, string? number) =>
        ulong.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out ulong value)
            ? view.Marbles.Revocations.FirstOrDefault(revocation => revocation.Number == value && view.User.MayLift(revocation))
            : null;

    public static RevocationSubjectKind Kind(string? name) =>
        Enum.GetValues<RevocationSubjectKind>().FirstOrDefault(kind => kind.ToString() == name, RevocationSubjectKind.Uuid) is var kind
        && kind != RevocationSubjectKind.Unknown ? kind : RevocationSubjectKind.Uuid;

    private static string? Query(HttpContext http, string name) => http.Request.Query[name].FirstOrDefault();

    private static int Number(HttpContext http, string name) =>
        int.TryParse(Query(http, name), NumberStyles.None, CultureInfo.InvariantCulture, out int number) ? number : 0;
}
