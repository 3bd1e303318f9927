using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using MarbleRun.Manifests.Json;

namespace MarbleRun.Manifests.Reading;

/// <summary>
/// Decodes base64 (RFC 4648 section 4, line breaks skipped) and hex, with the error texts of peers: positions count bytes of UTF-8.
/// </summary>
internal static class PeerEncodings
{
    public static bool TryDecodeBase64(string text, out byte[] bytes, [NotNullWhen(false)] out string? fault)
    {
        byte[] source = Encoding.UTF8.GetBytes(text);
        var output = new List<byte>(source.Length / 4 * 3);
        int position = 0;
        int bits = 0;
        int digits = 0;
        int badAt = -1;
        while (badAt < 0 && NextSignificant(source, ref position))
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

            badAt = source[position] == '=' && digits >= 2 ? EndOfPadding(source, position, 4 - digits) : position;
            if (badAt < 0)
            {
                bits <<= 6 * (4 - digits);
                output.AddRange(digits == 3 ? [(byte)(bits >> 16), (byte)(bits >> 8)] : [(byte)(bits >> 16)]);
                (bits, digits, position) = (0, 0, source.Length);
            }
        }

        if (badAt < 0 && digits > 0)
        {
            badAt = source.Length - digits;
        }

        bytes = badAt < 0 ? [.. output] : [];
        fault = badAt < 0 ? null : string.Create(CultureInfo.InvariantCulture, $"illegal base64 data at input byte {badAt}");
        return badAt < 0;
    }

    public static bool TryDecodeHex(string text, out byte[] bytes, [NotNullWhen(false)] out string? fault)
    {
        byte[] source = Encoding.UTF8.GetBytes(text);
        int bad = Array.FindIndex(source, c => !char.IsAsciiHexDigit((char)c));
        fault = bad >= 0 ? $"encoding/hex: invalid byte: {QuotedCharacter.WithCodePoint(new Rune(source[bad]))}"
            : source.Length % 2 != 0 ? "encoding/hex: odd length hex string" : null;
        bytes = fault is null ? Convert.FromHexString(text) : [];
        return fault is null;
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

    private static int Digit(byte c) => c switch
    {
        >= (byte)'A' and <= (byte)'Z' => c - 'A',
        >= (byte)'a' and <= (byte)'z' => c - 'a' + 26,
        >= (byte)'0' and <= (byte)'9' => c - '0' + 52,
        (byte)'+' => 62,
        (byte)'/' => 63,
        _ => -1,
    };
}
