using System.Text.Json;
using MarbleRun.Audit;
using MarbleRun.Cli.Dashboard.Views;
using MarbleRun.Cli.Dashboard.Watching;
using MarbleRun.Management;
using Microsoft.AspNetCore.Http;

namespace MarbleRun.Cli.Dashboard.Serving;

/// <summary>Files: the pending update, the audit trail and its head.</summary>
internal static class Downloads
{
    private const int LargestPage = 1000;

    public static async Task<bool> TryAnswerAsync(HttpContext http, CoordinatorWatch watch)
    {
        DashboardView view = watch.View;
        switch (http.Request.Path.Value)
        {
            case "/update/manifest.json" when view.Pending is { } pending:
                Begin(http, "manifest.json", "application/octet-stream");
                await http.Response.Body.WriteAsync(pending.Manifest, http.RequestAborted);
                return true;
            case "/audit/head.json" when view is { Trail.Head: { } head, Coordinator: { } coordinator }:
                Begin(http, "head.json", "application/json");
                await http.Response.Body.WriteAsync(WriteHead(view, head, coordinator), http.RequestAborted);
                return true;
            case "/audit/trail.jsonl" when view.Trail.Head is { } last && watch.Client is { } client:
                Begin(http, "trail.jsonl", "application/octet-stream");
                await WriteTrailAsync(http, client, last);
                return true;
            default:
                return false;
        }
    }

    private static void Begin(HttpContext http, string name, string type)
    {
        http.Response.ContentType = type;
        http.Response.Headers.ContentDisposition = $"attachment; filename=\"{name}\"";
    }

    private static byte[] WriteHead(DashboardView view, AuditHead head, TrustedCoordinator coordinator)
    {
        using var content = new MemoryStream();
        using (var json = new Utf8JsonWriter(content, new JsonWriterOptions { Indented = true }))
        {
            json.WriteStartObject();
            json.WriteString("address", view.Address);
            json.WriteString("time", view.At.UtcDateTime);
            json.WriteNumber("sequence", head.Sequence);
            json.WriteString("hash", head.Hash);
            json.WriteString("rootCertificate", coordinator.Root.ExportCertificatePem());
            json.WriteEndObject();
        }

        return content.ToArray();
    }

    /// <summary>The lines up to a record as they are on the Coordinator's disk; a Coordinator that fails meanwhile ends the
    /// connection.</summary>
    private static async Task WriteTrailAsync(HttpContext http, ICoordinatorClient client, AuditHead last)
    {
        long after = 0;
        while (after < last.Sequence)
        {
            AuditPage page = await client.GetAuditAsync(after, LargestPage, cancellationToken: http.RequestAborted);
            using var lines = new MemoryStream();
            foreach (ReadOnlyMemory<byte> line in page.Lines)
            {
                lines.Write(line.Span);
                lines.Write("\n"u8);
            }

            await http.Response.Body.WriteAsync(lines.ToArray(), http.RequestAborted);
            if (page.Records is not [.., var end] || end.Sequence <= after)
            {
                return;
            }

            after = end.Sequence;
        }
    }
}
