using System.Buffers;

namespace MarbleRun.Manifests.Templates.Formatting;

/// <summary>Writes integers by a verb.</summary>
internal static class IntegerWriter
{
    /// <summary>Sign, prefix and 64 binary digits.</summary>
    private const int MaxDigits = 70;

    public static void Write(Int128 value, PrintVerb verb, IBufferWriter<byte> output)
    {
        if (verb.Precision == 0 && value == 0)
        {
            BytesWriter.Pad([], verb, output);
            return;
        }

        bool hasSign = value < 0 || verb.Plus || verb.Blank;
        int digits = verb.Precision ?? (verb.Zeros ? verb.Width - (hasSign ? 1 : 0) : 0);
        Span<byte> text = stackalloc byte[Math.Max(digits, MaxDigits) + 3];
        int start = text.Length;
        ReadOnlySpan<byte> letters = verb.Letter == 'X' ? "0123456789ABCDEF"u8 : "0123456789abcdef"u8;
        (ulong radix, ulong rest) = (RadixOf(verb.Letter), (ulong)Int128.Abs(value));
        do
        {
            text[--start] = letters[(int)(rest % radix)];
            rest /= radix;
        }
        while (rest > 0);

        while (text.Length - start < digits)
        {
            text[--start] = (byte)'0';
        }

        if (verb.Sharp)
        {
            text[--start] = (byte)verb.Letter;
            text[--start] = (byte)'0';
        }

        if (hasSign)
        {
            text[--start] = (byte)(value < 0 ? '-' : verb.Plus ? '+' : ' ');
        }

        BytesWriter.Pad(text[start..], verb, output);
    }

    private static ulong RadixOf(char letter) => letter switch { 'x' or 'X' => 16, 'o' => 8, 'b' => 2, _ => 10 };
}
