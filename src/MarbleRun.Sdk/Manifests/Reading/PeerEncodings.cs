using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using MarbleRun.Manifests.Json;
using MarbleRun.Primitives;

namespace MarbleRun.Manifests.Reading;

/// <summary>
/// Decodes base64 (RFC 4648, 4; line breaks skipped) and hex, with the error texts of MarbleRun 1.9: positions count bytes of UTF-8.
/// </summary>
internal static class PeerEncodings
{
    public static bool TryDecodeBase64(string text, out byte[] bytes, [NotNullWhen(false)] out string? fault)
    {
        bool isValid = StrictBase64.Standard.TryDecode(text, out bytes, out int offset);
        fault = isValid ? null : string.Create(CultureInfo.InvariantCulture, $"illegal base64 data at input byte {offset}");
        return isValid;
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
}
