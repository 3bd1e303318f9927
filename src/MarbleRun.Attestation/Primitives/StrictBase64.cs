using System.Text;

namespace MarbleRun.Primitives;

/// <summary>
/// Base64 with required padding (RFC 4648, 4 and 5). Line breaks are skipped; every other character outside the alphabet is an error, whose
/// position is that of MarbleRun 1.9.
/// </summary>
internal sealed class StrictBase64
{
    private readonly byte _62;
    private readonly byte _63;

    private StrictBase64(char last, char lastButOne)
    {
        _62 = (byte)lastButOne;
        _63 = (byte)last;
    }

    public static StrictBase64 Standard { get; } = new(last: '/', lastButOne: '+');

    public static StrictBase64 UrlSafe { get; } = new(last: '_', lastButOne: '-');

    /// <param name="text">The text.</param>
    /// <param name="bytes">The decoded bytes; empty on failure.</param>
    /// <param name="offset">The position of the first invalid character, in bytes of UTF-8; -1 on success.</param>
    public bool TryDecode(string text, out byte[] bytes, out int offset)
    {
        byte[] source = Encoding.UTF8.GetBytes(text);
        var output = new List<byte>(source.Length / 4 * 3);
        int position = 0;
        int bits = 0;
        int digits = 0;
        offset = -1;
        while (offset < 0 && NextSignificant(source, ref position))
        {
            int digit = Digit(source[position]);
            if (digit >= 0)
            {
                bits = (bits << 6) | digit;
                position++;
                if (++digits == 4)
                {
                    output.AddRange([(byte)(bits >> 16), (byte)(bits >> 8), (byte)bits]);
                    (bits, digits) = (0, 0);
                }

                continue;
            }

            offset = source[position] == '=' && digits >= 2 ? EndOfPadding(source, position, 4 - digits) : position;
            if (offset < 0)
            {
                bits <<= 6 * (4 - digits);
                output.AddRange(digits == 3 ? [(byte)(bits >> 16), (byte)(bits >> 8)] : [(byte)(bits >> 16)]);
                (bits, digits, position) = (0, 0, source.Length);
            }
        }

        if (offset < 0 && digits > 0)
        {
            offset = source.Length - digits;
        }

        bytes = offset < 0 ? [.. output] : [];
        return offset < 0;
    }

    /// <summary>Returns the position of wrong padding, or -1 if the padding is correct and the text ends with it.</summary>
    private static int EndOfPadding(byte[] source, int position, int missing)
    {
        for (; missing > 0; missing--, position++)
        {
            if (!NextSignificant(source, ref position))
            {
                return source.Length;
            }

            if (source[position] != '=')
            {
                return position - 1;
            }
        }

        return NextSignificant(source, ref position) ? position : -1;
    }

    /// <summary>Skips line breaks.</summary>
    private static bool NextSignificant(byte[] source, ref int position)
    {
        while (position < source.Length && source[position] is (byte)'\r' or (byte)'\n')
        {
            position++;
        }

        return position < source.Length;
    }

    private int Digit(byte c) => c switch
    {
        >= (byte)'A' and <= (byte)'Z' => c - 'A',
        >= (byte)'a' and <= (byte)'z' => c - 'a' + 26,
        >= (byte)'0' and <= (byte)'9' => c - '0' + 52,
        _ when c == _62 => 62,
        _ when c == _63 => 63,
        _ => -1,
    };
}
