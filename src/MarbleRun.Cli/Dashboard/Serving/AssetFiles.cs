using System.Reflection;
using Microsoft.AspNetCore.Http;

namespace MarbleRun.Cli.Dashboard.Serving;

/// <summary>The style sheet, the scripts and the icon, which are in this program.</summary>
internal static class AssetFiles
{
    private static readonly Dictionary<string, (byte[] Content, string Type)> s_files = new(StringComparer.Ordinal)
    {
        ["/assets/dashboard.css"] = (Read("dashboard.css"), "text/css; charset=utf-8"),
        ["/assets/dashboard.js"] = (Read("dashboard.js"), "text/javascript; charset=utf-8"),
        ["/assets/forms.js"] = (Read("forms.js"), "text/javascript; charset=utf-8"),
        ["/assets/icon.svg"] = (Read("icon.svg"), "image/svg+xml"),
    };

    public static async Task<bool> TryAnswerAsync(HttpContext context)
    {
        if (!s_files.TryGetValue(context.Request.Path.Value ?? string.Empty, out (byte[] Content, string Type) file))
        {
            return false;
        }

        context.Response.ContentType = file.Type;
        context.Response.ContentLength = file.Content.Length;
        await context.Response.Body.WriteAsync(file.Content, context.RequestAborted);
        return true;
    }

    private static byte[] Read(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream($"MarbleRun.Cli.Dashboard.Assets.{name}")
            ?? throw new InvalidOperationException($"{name} is not in this program.");
        using var content = new MemoryStream();
        stream.CopyTo(content);
        return content.ToArray();
    }
}
