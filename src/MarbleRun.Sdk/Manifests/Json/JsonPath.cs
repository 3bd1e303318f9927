using System.Buffers;
using System.Globalization;
using System.Text;

namespace MarbleRun.Manifests.Json;

/// <summary>JSON paths (RFC 9535) of places in a manifest.</summary>
internal static class JsonPath
{
    public const string Root = "$";

    private static readonly SearchValues<char> s_short = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-");

    /// <summary>A member: <c>.name</c>, or <c>['any name']</c> where the short form is not allowed.</summary>
    public static string Segment(string name) =>
        IsShort(name)
            ? "." + name
            : "['" + name.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal) + "']";

    public static string Index(int index) => string.Create(CultureInfo.InvariantCulture, $"[{index}]");

    /// <summary>The path of nested members.</summary>
    public static string Of(params ReadOnlySpan<string> names)
    {
        var path = new StringBuilder(Root);
        foreach (string name in names)
        {
            path.Append(Segment(name));
        }

        return path.ToString();
    }

    // The RFC requires brackets for a hyphen; names such as web-server are easier to read without them, and stay unambiguous.
    private static bool IsShort(string name) =>
        name.Length > 0
        && (char.IsAsciiLetter(name[0]) || name[0] == '_')
        && !name.AsSpan().ContainsAnyExcept(s_short);
}
