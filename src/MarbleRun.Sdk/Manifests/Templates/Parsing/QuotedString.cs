using System.Buffers;
using System.Buffers.Text;
using System.Text;

namespace MarbleRun.Manifests.Templates.Parsing;

/// <summary>
/// Reads string and character literals in Go's notation (The Go Programming Language Specification, "String literals" and "Rune literals").
/// </summary>
internal static class QuotedString
{
    /// <summary>Returns the value of a literal, given with its quotes.</summary>
    public static bool TryUnquote(ReadOnlySpan<byte> quoted, out byte[] value)
    {
        ReadOnlySpan<byte> content = quoted[1..^1];
        if (quoted[0] == '`')
        {
            value = content.ToArray().Where(c => c != '\r').ToArray();
            return true;
        }

        var output = new ArrayBufferWriter<byte>(content.Length + 1);
        while (!content.IsEmpty)
        {
            int consumed = content[0] == '\\' ? AppendEscape(content[1..], output) : Append(content[0], output);
            if (consumed == 0)
            {
                value = [];
                return false;
            }

            content = content[consumed..];
        }

        value = output.WrittenSpan.ToArray();
        return true;
    }

    /// <summary>
    /// Returns the number of a character literal, given with its quotes: the code point, or the byte of a numeric escape.
    /// </summary>
    public static bool TryUnquoteCharacter(ReadOnlySpan<byte> quoted, out int value)
    {
        value = 0;
        ReadOnlySpan<byte> content = quoted[1..^1];
        if (content.IsEmpty || content.SequenceEqual("\\\""u8))
        {
            return false;
        }

        if (content[0] != '\\')
        {
            bool isRune = Rune.DecodeFromUtf8(content, out Rune rune, out int length) == OperationStatus.Done;
            value = rune.Value;
            return isRune && length == content.Length;
        }

        if (content.SequenceEqual("\\'"u8))
        {
            value = '\'';
            return true;
        }

        var output = new ArrayBufferWriter<byte>();
        if (AppendEscape(content[1..], output) != content.Length)
        {
            return false;
        }

        bool isByte = output.WrittenCount == 1;
        _ = Rune.DecodeFromUtf8(output.WrittenSpan, out Rune escaped, out _);
        value = isByte ? output.WrittenSpan[0] : escaped.Value;
        return true;
    }

    /// <summary>
    /// Appends the character of an escape, and returns the number of bytes of the escape, including the backslash; 0 if it is invalid.
    /// </summary>
    private static int AppendEscape(ReadOnlySpan<byte> escape, ArrayBufferWriter<byte> output)
    {
        if (escape.IsEmpty)
        {
            return 0;
        }

        switch ((char)escape[0])
        {
            case 'a': return 1 + Append((byte)'\a', output);
            case 'b': return 1 + Append((byte)'\b', output);
            case 'f': return 1 + Append((byte)'\f', output);
            case 'n': return 1 + Append((byte)'\n', output);
            case 'r': return 1 + Append((byte)'\r', output);
            case 't': return 1 + Append((byte)'\t', output);
            case 'v': return 1 + Append((byte)'\v', output);
            case '\\' or '"': return 1 + Append(escape[0], output);
            case 'x' when TryHex(escape[1..], 2, out uint unit): return 3 + Append((byte)unit, output);
            case 'u' when TryHex(escape[1..], 4, out uint unit): return AppendRune(unit, 6, output);
            case 'U' when TryHex(escape[1..], 8, out uint unit): return AppendRune(unit, 10, output);
            case >= '0' and <= '7' when TryOctal(escape, out uint unit): return 3 + Append((byte)unit, output);
            default: return 0;
        }
    }

    private static int Append(byte value, ArrayBufferWriter<byte> output)
    {
        output.Write([value]);
        return 1;
    }

    private static int AppendRune(uint value, int consumed, ArrayBufferWriter<byte> output)
    {
        if (!Rune.TryCreate(value, out Rune rune))
        {
            return 0;
        }

        Span<byte> utf8 = stackalloc byte[4];
        output.Write(utf8[..rune.EncodeToUtf8(utf8)]);
        return consumed;
    }

    private static bool TryOctal(ReadOnlySpan<byte> digits, out uint value)
    {
        value = 0;
        if (digits.Length < 3 || digits[..3].IndexOfAnyExceptInRange((byte)'0', (byte)'7') >= 0)
        {
            return false;
        }

        value = (uint)(((digits[0] - '0') * 64) + ((digits[1] - '0') * 8) + digits[2] - '0');
        return value <= byte.MaxValue;
    }

    private static bool TryHex(ReadOnlySpan<byte> digits, int count, out uint value)
    {
        value = 0;
        return digits.Length >= count && Utf8Parser.TryParse(digits[..count], out value, out int consumed, 'x') && consumed == count;
    }
}
