using System.Text.RegularExpressions;

namespace MarbleRun.Cli.Tests.Transcripts;

/// <summary>Replaces what differs from run to run.</summary>
internal static partial class TranscriptText
{
    public static string Normalize(string text, IEnumerable<(string Name, string Value)> names)
    {
        foreach ((string name, string value) in names.Where(n => n.Value.Length > 0))
        {
            text = text.Replace(value, "$" + name, StringComparison.Ordinal);
        }

        text = Clocks().Replace(text, "$1<difference>");
        text = Evidence().Replace(text, "<n> bytes over");
        text = Paths().Replace(text, "<n> paths");
        text = Days().Replace(text, "(in <n> days)");
        text = Link().Replace(text, "http://127.0.0.1:<port>/?token=<token>");
        text = Pem().Replace(text, "<PEM $1>");
        text = Hex96().Replace(text, "<sha384>");
        text = Hex64().Replace(text, "<sha256>");
        text = Serial().Replace(text, "<hex>");
        text = Shortened().Replace(text, "<hex>…");
        text = Size().Replace(text, "\"size\": <bytes>");
        text = Duration().Replace(text, "<ms>$1");
        text = Milliseconds().Replace(text, "\"milliseconds\": 1");
        text = Build().Replace(text, "MarbleRun <version>, .NET <version>\n<system>\n");
        text = BuildJson().Replace(text, "\"$1\": \"<$1>\"");
        text = Uuid().Replace(text, "<uuid>");
        text = Time().Replace(text, "<time>");
        text = Date().Replace(text, "<date>");
        return Base64().Replace(text, "<base64>");
    }

    // In JSON, the ends of lines are escaped.
    [GeneratedRegex(@"-----BEGIN ([A-Z ]+)-----(?:\\n|[A-Za-z0-9+/=\s])+-----END \1-----")]
    private static partial Regex Pem();

    [GeneratedRegex("(?<![0-9A-Za-z])[0-9A-Fa-f]{96}(?![0-9A-Za-z])")]
    private static partial Regex Hex96();

    [GeneratedRegex("(?<![0-9A-Za-z])[0-9A-Fa-f]{64}(?![0-9A-Za-z])")]
    private static partial Regex Hex64();

    [GeneratedRegex("(?<![0-9A-Za-z])[0-9a-f]{28,42}(?![0-9A-Za-z])")]
    private static partial Regex Serial();

    [GeneratedRegex("(?<![0-9A-Za-z])[0-9a-f]{16}…")]
    private static partial Regex Shortened();

    // Signatures in DER differ in length.
    [GeneratedRegex("\"size\": \\d{4}")]
    private static partial Regex Size();

    [GeneratedRegex("(?<![0-9A-Za-z])[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![0-9A-Za-z])")]
    private static partial Regex Uuid();

    [GeneratedRegex(@"\d+(?:\.\d+)?( ms)\b")]
    private static partial Regex Duration();

    [GeneratedRegex("\"milliseconds\": \\d+")]
    private static partial Regex Milliseconds();

    [GeneratedRegex(@"http://127\.0\.0\.1:\d+/\?token=[A-Za-z0-9_-]+")]
    private static partial Regex Link();

    // A busy machine answers late.
    [GeneratedRegex(@"(√ clock\.coordinator +)[^\n]+")]
    private static partial Regex Clocks();

    // Certificates in quotes have signatures in DER.
    [GeneratedRegex(@"\b\d{4} bytes over")]
    private static partial Regex Evidence();

    [GeneratedRegex(@"\b\d+ paths\b")]
    private static partial Regex Paths();

    [GeneratedRegex(@"\(in \d+ days\)")]
    private static partial Regex Days();

    // The head of the report about a trusted execution environment.
    [GeneratedRegex(@"MarbleRun [^\n]+, \.NET [^\n]+\n[^\n]+, kernel [^\n]+\n")]
    private static partial Regex Build();

    [GeneratedRegex("\"(version|runtime|system|kernel|architecture)\": \"[^\"]+\"")]
    private static partial Regex BuildJson();

    [GeneratedRegex("\\d{4}-\\d{2}-\\d{2}[T ]\\d{2}:\\d{2}:\\d{2}(\\.\\d+)?(Z| UTC|[+-]\\d{2}:\\d{2})?")]
    private static partial Regex Time();

    [GeneratedRegex("\\d{4}-\\d{2}-\\d{2}( \\d{2}:\\d{2}Z)?")]
    private static partial Regex Date();

    [GeneratedRegex("(?<![0-9A-Za-z+/])[0-9A-Za-z+/]{40,}={0,2}")]
    private static partial Regex Base64();
}
