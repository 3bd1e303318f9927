using Microsoft.AspNetCore.Http;
using Microsoft.Net.Http.Headers;

namespace MarbleRun.Cli.Dashboard.Serving;

/// <summary>
/// Lets through what the browser of the user sends for a page of this dashboard, and nothing of other pages: the name in the address
/// (another name means DNS rebinding), the origin, and the cookie.
/// </summary>
internal sealed class RequestGuard(Session session, int port)
{
    /// <summary>The only name that the dashboard has.</summary>
    public string Host { get; } = $"127.0.0.1:{port}";

    /// <summary>The origin of its pages.</summary>
    public string Origin => $"http://{Host}";

    /// <summary>Cookies of all ports of a host are sent to each of them, so the name contains the port, and a part that others do not know
    /// before they are sent it.</summary>
    public string CookieName { get; } = $"marblerun-dashboard-{port}-{session.Name}";

    /// <summary>Where the link leads: the fragment is not sent to any server, and has what forms need.</summary>
    public string Start => $"/#form={session.FormToken}";

    /// <summary>The status of the refusal, and why; null if the request is let through.</summary>
    public (int Status, string Reason)? Refuse(HttpRequest request)
    {
        if (!string.Equals(request.Host.Value, Host, StringComparison.Ordinal))
        {
            return (StatusCodes.Status421MisdirectedRequest, "The dashboard has another address. Use the link that it printed.");
        }

        bool isPost = HttpMethods.IsPost(request.Method);
        if (!isPost && !HttpMethods.IsGet(request.Method))
        {
            return (StatusCodes.Status405MethodNotAllowed, "The dashboard has no such method.");
        }

        if (IsOfOtherPage(request, isPost))
        {
            return (StatusCodes.Status403Forbidden, "The request came from a page of another origin.");
        }

        return session.IsCookie(request.Cookies[CookieName])
            ? null
            : (StatusCodes.Status403Forbidden, "Use the link that the dashboard printed. It can be used once; start the "
                + "dashboard again for another one.");
    }

    /// <summary>Exchanges the token of the link, if the request has it and all else is right but the cookie.</summary>
    public bool TryLogIn(HttpRequest request) =>
        string.Equals(request.Host.Value, Host, StringComparison.Ordinal)
        && HttpMethods.IsGet(request.Method)
        && request.Path == "/"
        && !IsOfOtherPage(request, isPost: false)
        && request.Query["token"] is [{ } token]
        && session.TryExchange(token);

    private bool IsOfOtherPage(HttpRequest request, bool isPost)
    {
        string? origin = request.Headers.Origin;
        string? site = request.Headers["Sec-Fetch-Site"];
        return (origin is null ? isPost : !string.Equals(origin, Origin, StringComparison.Ordinal))
            || site is not (null or "same-origin" or "none")
            || (isPost && site is "none");
    }

    /// <summary>The cookie that the exchange gives.</summary>
    public SetCookieHeaderValue CreateCookie() => new(CookieName, session.Cookie)
    {
        HttpOnly = true,
        Path = "/",
        SameSite = Microsoft.Net.Http.Headers.SameSiteMode.Strict,
    };
}
