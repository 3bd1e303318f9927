namespace MarbleRun.Cli.Dashboard.Pages;

/// <summary>Recovery secrets that came with an update. The Coordinator gives them once, so they are shown until the user leaves.</summary>
internal static class RecoveryPage
{
    public static string Write(PageContext context, string text, IReadOnlyDictionary<string, ReadOnlyMemory<byte>> secrets) =>
        Layout.Write(context, "/update", "Approved", isLive: false, html =>
        {
            html.Add($"""<p class="banner good" role="alert">{text}</p><h2 id="secrets">New recovery secrets</h2>""")
                .Add($"<p>The update changed the recovery keys. Each secret is encrypted under the key of its name. They cannot ")
                .Add($"be fetched ")
                .Add($"again: copy them to a file now, as the parties need them to recover the Coordinator.</p>")
                .Add($"""<p><label for="recovery">Recovery data</label></p><textarea id="recovery" readonly rows="12" cols="80">""")
                .Add($"{{\"RecoverySecrets\":{{");
            foreach ((int index, (string name, ReadOnlyMemory<byte> value)) in secrets.OrderBy(s => s.Key, StringComparer.Ordinal).Index())
            {
                html.Text(index > 0 ? "," : string.Empty)
                    .Add($"{System.Text.Json.JsonSerializer.Serialize(name, PageJson.Default.String)}:\"")
                    .Add($"{Convert.ToBase64String(value.Span)}\"");
            }

            html.Add($"}}}}").Add($"""</textarea><p><a class="button" href="/update">Back</a></p>""");
        });
}
