using System.Buffers;
using System.Globalization;
using System.Text;

namespace MarbleRun.Manifests.Json;

/// <summary>The content of JSON strings.</summary>
internal static partial class JsonText
{
    /// <summary>
    /// Resolves the escapes of a scanned string, and replaces invalid Unicode: every invalid byte and every lone surrogate.
    /// </summary>
    public static string Unescape(ReadOnlySpan<byte> content)
    {
        if (Ascii.IsValid(content) && !content.Contains((byte)'\\'))
        {
            return Encoding.ASCII.GetString(content);
        }

        var text = new StringBuilder(content.Length);
        while (!content.IsEmpty)
        {
            if (content[0] == '\\')
            {
                content = content[AppendEscape(text, content)..];
                continue;
            }

            // Rune reports the number of bytes of an invalid sequence; peers replace each of these bytes separately.
            OperationStatus status = Rune.DecodeFromUtf8(content, out Rune rune, out int consumed);
            text.Append(rune.ToString());
            content = content[(status == OperationStatus.Done ? consumed : 1)..];
        }

        return text.ToString();
    }

    /// <summary>Appends one escape and returns the number of bytes that it took.</summary>
    private static int AppendEscape(StringBuilder text, ReadOnlySpan<byte> content)
    {
        if (content[1] != 'u')
        {
            text.Append(content[1] switch
            {
                (byte)'b' => '\b',
                (byte)'f' => '\f',
                (byte)'n' => '\n',
                (byte)'r' => '\r',
                (byte)'t' => '\t',
                byte other => (char)other,
            });
            return 2;
        }

        char unit = HexUnit(content);
        if (!char.IsSurrogate(unit))
        {
            text.Append(unit);
            return 6;
        }

        if (char.IsHighSurrogate(unit)
            && content.Length >= 12
            && content[6..].StartsWith("\\u"u8)
            && HexUnit(content[6..]) is var low
            && char.IsLowSurrogate(low))
        {
            text.Append(unit).Append(low);
            return 12;
        }

        text.Append('\ufffd');
        return 6;
    }

    private static char HexUnit(ReadOnlySpan<byte> escape) =>
        (char)ushort.Parse(escape.Slice(2, 4), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture);
}
