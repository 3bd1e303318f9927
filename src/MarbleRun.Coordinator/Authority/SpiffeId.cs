using System.Globalization;
using System.Text;
using MarbleRun.Identity;

namespace MarbleRun.Coordinator.Authority;

/// <summary>The URI name of a Marble: a SPIFFE ID, <c>spiffe://domain/marble/type/uuid</c>.</summary>
/// <remarks>
/// A type with characters that SPIFFE does not allow in a path (SPIFFE ID, 2.2: letters, digits, <c>.</c>, <c>-</c>, <c>_</c>) is
/// percent-encoded (RFC 3986, 2.1), so that no two types have the same name; strict readers refuse it.
/// </remarks>
internal static class SpiffeId
{
    /// <summary>In bytes (SPIFFE ID, 2.3).</summary>
    private const int LongestId = 2048;

    /// <summary>The name, or null if it is longer than SPIFFE allows.</summary>
    public static string? Of(string trustDomain, string marbleType, Guid uuid)
    {
        string id = $"spiffe://{trustDomain}/marble/{Escape(marbleType)}/{MarbleUuid.ToCanonical(uuid)}";
        return id.Length <= LongestId ? id : null;
    }

    private static string Escape(string segment)
    {
        // A segment "." or ".." would name another path.
        bool escapesDots = segment is "." or "..";
        var escaped = new StringBuilder(segment.Length);
        foreach (byte b in Encoding.UTF8.GetBytes(segment))
        {
            char c = (char)b;
            if (char.IsAsciiLetterOrDigit(c) || c is '-' or '_' || (c == '.' && !escapesDots))
            {
                escaped.Append(c);
            }
            else
            {
                escaped.Append('%').Append(b.ToString("X2", CultureInfo.InvariantCulture));
            }
        }

        return escaped.ToString();
    }
}
