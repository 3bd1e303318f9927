using System.Buffers;
using System.Text;

namespace MarbleRun.Manifests.Templates.Formatting;

/// <summary>
/// Writes text as Go's <c>HTMLEscape</c>, <c>JSEscape</c> and <c>QueryEscape</c> do. Each method writes the text up to and including the
/// first place that is escaped, and returns the number of bytes that it processed.
/// </summary>
internal static class EscapeWriter
{
    private static readonly SearchValues<byte> s_htmlSpecial = SearchValues.Create("\0\"'&<>"u8);

    private static readonly SearchValues<byte> s_javaScriptPlain = SearchValues.Create(
        " !#$%()*+,-./0123456789:;?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]^_`abcdefghijklmnopqrstuvwxyz{|}~\x7f"u8);

    private static readonly SearchValues<byte> s_urlPlain = SearchValues.Create(
        "-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz~"u8);

    /// <summary>Bytes beyond ASCII are unchanged, also if they are not UTF-8.</summary>
    public static int WriteHtml(ReadOnlySpan<byte> text, IBufferWriter<byte> output)
    {
        int plain = text.IndexOfAny(s_htmlSpecial);
        if (plain < 0)
        {
            output.Write(text);
            return text.Length;
        }

        output.Write(text[..plain]);
        output.Write(text[plain] switch
        {
            (byte)'"' => "&#34;"u8,
            (byte)'\'' => "&#39;"u8,
            (byte)'&' => "&amp;"u8,
            (byte)'<' => "&lt;"u8,
            (byte)'>' => "&gt;"u8,
            _ => "\uFFFD"u8,
        });
        return plain + 1;
    }

    /// <summary>Printable characters beyond ASCII are unchanged; a byte that is not UTF-8 is unchanged.</summary>
    public static int WriteJavaScript(ReadOnlySpan<byte> text, IBufferWriter<byte> output)
    {
        int plain = text.IndexOfAnyExcept(s_javaScriptPlain);
        if (plain < 0)
        {
            output.Write(text);
            return text.Length;
        }

        output.Write(text[..plain]);
        byte special = text[plain];
        if (special < 0x80)
        {
            if (special is (byte)'\\' or (byte)'\'' or (byte)'"')
            {
                output.Write([(byte)'\\', special]);
            }
            else
            {
                WriteHex("\\u"u8, special, 4, output);
            }

            return plain + 1;
        }

        bool isRune = Rune.DecodeFromUtf8(text[plain..], out Rune rune, out int length) == OperationStatus.Done;
        int taken = isRune ? length : 1;
        if (isRune && !BytesWriter.IsPrintable(rune))
        {
            WriteHex("\\u"u8, rune.Value, rune.Value <= 0xffff ? 4 : rune.Value <= 0xfffff ? 5 : 6, output);
        }
        else
        {
            output.Write(text.Slice(plain, taken));
        }

        return plain + taken;
    }

    /// <summary>A space becomes a plus sign; everything but letters, digits and <c>- . _ ~</c> is written as bytes.</summary>
    public static int WriteUrlQuery(ReadOnlySpan<byte> text, IBufferWriter<byte> output)
    {
        int plain = text.IndexOfAnyExcept(s_urlPlain);
        if (plain < 0)
        {
            output.Write(text);
            return text.Length;
        }

        output.Write(text[..plain]);
        if (text[plain] == ' ')
        {
            output.Write("+"u8);
        }
        else
        {
            WriteHex("%"u8, text[plain], 2, output);
        }

        return plain + 1;
    }

    /// <summary>Works without an intermediate string, which could not be cleared.</summary>
    private static void WriteHex(ReadOnlySpan<byte> prefix, int value, int digits, IBufferWriter<byte> output)
    {
        output.Write(prefix);
        for (int shift = 4 * (digits - 1); shift >= 0; shift -= 4)
        {
            output.Write("0123456789ABCDEF"u8.Slice((value >> shift) & 15, 1));
        }
    }
}
