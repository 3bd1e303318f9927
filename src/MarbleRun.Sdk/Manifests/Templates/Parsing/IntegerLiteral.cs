namespace MarbleRun.Manifests.Templates.Parsing;

/// <summary>
/// Reads integers in Go's notation (The Go Programming Language Specification, "Integer literals"), with an optional sign.
/// </summary>
internal static class IntegerLiteral
{
    /// <summary>Greater than any result, and small enough to continue without an overflow.</summary>
    private static readonly Int128 s_saturated = Int128.MaxValue / 64;

    public static IntegerLiteralKind Parse(ReadOnlySpan<char> text, out long value)
    {
        value = 0;
        bool isNegative = text[0] == '-';
        ReadOnlySpan<char> digits = text[0] is '-' or '+' ? text[1..] : text;
        int radix = RadixOf(digits);

        // Underscores may be between digits, and between the prefix and the first digit.
        int prefix = radix == 10 ? 0 : digits.Length > 1 && char.IsAsciiLetter(digits[1]) ? 2 : 1;
        bool afterDigit = prefix > 0;
        Int128 number = 0;
        foreach (char c in digits[prefix..])
        {
            int digit = char.IsAsciiHexDigit(c) ? Convert.ToInt32(c.ToString(), 16) : -1;
            if (c == '_' ? !afterDigit : digit < 0 || digit >= radix)
            {
                return IsFraction(digits, radix) ? IntegerLiteralKind.Fraction : IntegerLiteralKind.Malformed;
            }

            afterDigit = c != '_';
            number = Int128.Min(afterDigit ? (number * radix) + digit : number, s_saturated);
        }

        if (!afterDigit || digits.Length == 0 || (prefix == 2 && digits.Length == 2))
        {
            return IntegerLiteralKind.Malformed;
        }

        number = isNegative ? -number : number;
        if (number < long.MinValue || number > long.MaxValue)
        {
            return IntegerLiteralKind.TooLarge;
        }

        value = (long)number;
        return IntegerLiteralKind.Integer;
    }

    private static int RadixOf(ReadOnlySpan<char> digits) => digits is not ['0', var second, ..]
        ? 10
        : (char)(second | 0x20) switch { 'x' => 16, 'b' => 2, 'o' => 8, _ when second == '.' => 10, _ => 8 };

    private static bool IsFraction(ReadOnlySpan<char> digits, int radix) =>
        digits.IndexOfAny(radix == 16 ? ".pPi" : ".eEpPi") >= 0
        && digits.IndexOfAnyExcept("0123456789abcdefABCDEFxXpPiob_+-.".AsSpan()) < 0;
}

internal enum IntegerLiteralKind
{
    /// <summary>Neither an integer nor another number.</summary>
    Malformed,

    Integer,

    /// <summary>An integer outside of 64 bits with a sign.</summary>
    TooLarge,

    /// <summary>A number with a point, an exponent or an imaginary part.</summary>
    Fraction,
}
