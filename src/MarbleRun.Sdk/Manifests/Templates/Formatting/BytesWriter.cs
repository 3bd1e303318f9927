using System.Buffers;
using System.Globalization;
using System.Text;

namespace MarbleRun.Manifests.Templates.Formatting;

/// <summary>Writes texts and bytes by the verbs <c>s</c>, <c>q</c>, <c>x</c> and <c>X</c>.</summary>
internal static class BytesWriter
{
    public static void Write(ReadOnlySpan<byte> text, PrintVerb verb, IBufferWriter<byte> output)
    {
        switch (verb.Letter)
        {
            case 'x' or 'X':
                using (var hex = new ClearingBufferWriter())
                {
                    WriteHex(text[..Math.Min(text.Length, verb.Precision ?? text.Length)], verb, hex);
                    Pad(hex.Written.Span, verb, output);
                }

                break;

            case 'q':
                using (var quoted = new ClearingBufferWriter())
                {
                    WriteQuoted(Truncate(text, verb.Precision), quoted);
                    Pad(quoted.Written.Span, verb, output);
                }

                break;

            default:
                Pad(Truncate(text, verb.Precision), verb, output);
                break;
        }
    }

    /// <summary>Writes text, padded with spaces to the width, which counts characters.</summary>
    public static void Pad(ReadOnlySpan<byte> text, PrintVerb verb, IBufferWriter<byte> output)
    {
        int blanks = verb.Width == 0 ? 0 : Math.Max(0, verb.Width - CountRunes(text));
        if (!verb.Left)
        {
            WriteBlanks(blanks, output);
        }

        output.Write(text);
        if (verb.Left)
        {
            WriteBlanks(blanks, output);
        }
    }

    private static void WriteBlanks(int count, IBufferWriter<byte> output)
    {
        output.GetSpan(count)[..count].Fill((byte)' ');
        output.Advance(count);
    }

    /// <summary>A byte that is not UTF-8 counts as one character.</summary>
    private static int CountRunes(ReadOnlySpan<byte> text)
    {
        int count = 0;
        for (; !text.IsEmpty; text = text[LengthOfRune(text, out _)..])
        {
            count++;
        }

        return count;
    }

    private static ReadOnlySpan<byte> Truncate(ReadOnlySpan<byte> text, int? runes)
    {
        int end = 0;
        for (int left = runes ?? int.MaxValue; left > 0 && end < text.Length; left--)
        {
            end += LengthOfRune(text[end..], out _);
        }

        return text[..end];
    }

    private static int LengthOfRune(ReadOnlySpan<byte> text, out Rune? rune)
    {
        bool isRune = Rune.DecodeFromUtf8(text, out Rune found, out int length) == OperationStatus.Done;
        rune = isRune ? found : null;
        return isRune ? length : 1;
    }

    private static void WriteHex(ReadOnlySpan<byte> bytes, PrintVerb verb, IBufferWriter<byte> output)
    {
        Span<byte> pair = stackalloc byte[2];
        for (int i = 0; i < bytes.Length; i++)
        {
            if (verb.Blank && i > 0)
            {
                output.Write(" "u8);
            }

            if (verb.Sharp && (verb.Blank || i == 0))
            {
                output.Write([(byte)'0', (byte)verb.Letter]);
            }

            ReadOnlySpan<byte> letters = verb.Letter == 'X' ? "0123456789ABCDEF"u8 : "0123456789abcdef"u8;
            (pair[0], pair[1]) = (letters[bytes[i] >> 4], letters[bytes[i] & 15]);
            output.Write(pair);
        }
    }

    /// <summary>Writes a string literal as Go does: unprintable characters are escaped.</summary>
    private static void WriteQuoted(ReadOnlySpan<byte> text, IBufferWriter<byte> output)
    {
        output.Write("\""u8);
        while (!text.IsEmpty)
        {
            int length = LengthOfRune(text, out Rune? rune);
            if (rune is null)
            {
                Write(output, $"\\x{text[0]:x2}");
            }
            else if (EscapeOf(rune.Value) is { } escape)
            {
                Write(output, escape);
            }
            else
            {
                output.Write(text[..length]);
            }

            text = text[length..];
        }

        output.Write("\""u8);
    }

    private static void Write(IBufferWriter<byte> output, FormattableString text) =>
        Encoding.ASCII.GetBytes(text.ToString(CultureInfo.InvariantCulture), output);

    private static FormattableString? EscapeOf(Rune rune) => rune.Value switch
    {
        '"' => $"\\\"",
        '\\' => $"\\\\",
        '\a' => $"\\a",
        '\b' => $"\\b",
        '\f' => $"\\f",
        '\n' => $"\\n",
        '\r' => $"\\r",
        '\t' => $"\\t",
        '\v' => $"\\v",
        < ' ' or 0x7f => $"\\x{rune.Value:x2}",
        ' ' => null,
        _ when IsPrintable(rune) => null,
        <= 0xffff => $"\\u{rune.Value:x4}",
        _ => $"\\U{rune.Value:x8}",
    };

    /// <summary>Go's <c>unicode.IsPrint</c>, except for the space.</summary>
    public static bool IsPrintable(Rune rune) => Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
            or UnicodeCategory.OtherNotAssigned
        or UnicodeCategory.SpaceSeparator or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
