using System.Globalization;
using System.Text;

namespace MarbleRun.Manifests.Json;

/// <summary>Formats a byte as a character between apostrophes, as in the protocol's error texts.</summary>
internal static class QuotedCharacter
{
    public static string Of(byte value) => value switch
    {
        (byte)'\'' => "'\\''",
        (byte)'\\' => "'\\\\'",
        (byte)'\a' => "'\\a'",
        (byte)'\b' => "'\\b'",
        (byte)'\f' => "'\\f'",
        (byte)'\n' => "'\\n'",
        (byte)'\r' => "'\\r'",
        (byte)'\t' => "'\\t'",
        (byte)'\v' => "'\\v'",
        < 0x20 or 0x7f => string.Create(CultureInfo.InvariantCulture, $"'\\x{value:x2}'"),
        _ when IsPrintable(value) => $"'{(char)value}'",
        _ => string.Create(CultureInfo.InvariantCulture, $"'\\u{value:x4}'"),
    };

    /// <summary>Returns the code point and, if it is printable, the character: <c>U+007A 'z'</c>.</summary>
    public static string WithCodePoint(Rune value) =>
        string.Create(CultureInfo.InvariantCulture, $"U+{value.Value:X4}")
        + (value.Value <= 0xff && IsPrintable((byte)value.Value) ? $" '{value}'" : string.Empty);

    private static bool IsPrintable(byte value) => value is >= 0x20 and < 0x7f or (> 0xa0 and not 0xad);
}
