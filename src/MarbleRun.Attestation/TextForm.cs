using System.Buffers;

namespace MarbleRun.Attestation;

/// <summary>Recognises content that is not a binary quote or report.</summary>
internal static class TextForm
{
    private static readonly SearchValues<byte> s_text = SearchValues.Create(
        [.. "\t\r\n"u8, .. Enumerable.Range(' ', '~' - ' ' + 1).Select(c => (byte)c)]);
    private static readonly SearchValues<byte> s_hex = SearchValues.Create("0123456789abcdefABCDEF"u8);
    private static readonly SearchValues<byte> s_base64 = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/-_"u8);

    private static ReadOnlySpan<byte> Mark => [0xef, 0xbb, 0xbf];

    private static ReadOnlySpan<byte> Spaces => " \t\r\n"u8;

    /// <summary>Whether bytes begin like a report of Azure's host compatibility layer.</summary>
    public static bool IsAzureHclReport(ReadOnlySpan<byte> bytes) => bytes.StartsWith("HCLA"u8);

    /// <summary>Whether it is printable text. Binary evidence never is: it begins with a small number.</summary>
    public static bool IsText(ReadOnlySpan<byte> content) =>
        !WithoutMark(content).IsEmpty && WithoutMark(content).IndexOfAnyExcept(s_text) < 0;

    /// <summary>Describes text in place of evidence; null if it is not text.</summary>
    public static string? Describe(ReadOnlySpan<byte> content)
    {
        if (!IsText(content))
        {
            return null;
        }

        ReadOnlySpan<byte> text = WithoutMark(content).Trim(Spaces);
        return text.StartsWith("-----BEGIN "u8) ? "PEM text"
            : text.StartsWith("{"u8) ? "JSON text"
            : text.StartsWith("0x"u8) || WithoutSpaces(text).AsSpan().IndexOfAnyExcept(s_hex) < 0 ? "hexadecimal text"
            : WithoutSpaces(text).AsSpan().TrimEnd((byte)'=').IndexOfAnyExcept(s_base64) < 0 ? "base64 text"
            : "text";
    }

    /// <summary>The text without byte order mark and without white space around it.</summary>
    public static ReadOnlyMemory<byte> Trim(ReadOnlyMemory<byte> content) =>
        content[(content.Length - WithoutMark(content.Span).Length)..].Trim(Spaces);

    /// <summary>The text without any white space.</summary>
    public static byte[] WithoutSpaces(ReadOnlySpan<byte> text)
    {
        var digits = new byte[text.Length];
        int length = 0;
        foreach (byte b in text)
        {
            if (!Spaces.Contains(b))
            {
                digits[length++] = b;
            }
        }

        return digits[..length];
    }

    private static ReadOnlySpan<byte> WithoutMark(ReadOnlySpan<byte> content) =>
        content.StartsWith(Mark) ? content[Mark.Length..] : content;
}
