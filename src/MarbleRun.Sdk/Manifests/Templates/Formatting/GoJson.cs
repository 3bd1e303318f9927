using System.Buffers;
using System.Globalization;
using System.Text;

namespace MarbleRun.Manifests.Templates.Formatting;

/// <summary>Writes JSON strings as Go's encoding/json does: safe for web pages, everything else as short as possible.</summary>
internal static class GoJson
{
    /// <summary>Characters that are written as numeric escapes, in addition to control characters.</summary>
    private const string Escaped = "<>&\u2028\u2029";

    /// <summary>Writes UTF-8 text with its quotes; a byte that is not UTF-8 becomes U+FFFD.</summary>
    public static void WriteString(ReadOnlySpan<byte> utf8, IBufferWriter<byte> output)
    {
        output.Write("\""u8);
        while (!utf8.IsEmpty)
        {
            bool isRune = Rune.DecodeFromUtf8(utf8, out Rune rune, out int length) == OperationStatus.Done;
            length = isRune ? length : 1;
            switch (rune.Value)
            {
                case '"' or '\\':
                    output.Write([(byte)'\\', utf8[0]]);
                    break;

                case '\n':
                    output.Write("\\n"u8);
                    break;

                case '\r':
                    output.Write("\\r"u8);
                    break;

                case '\t':
                    output.Write("\\t"u8);
                    break;

                case var value when !isRune || value < ' ' || (rune.IsBmp && Escaped.Contains((char)value, StringComparison.Ordinal)):
                    output.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"\\u{value:x4}")));
                    break;

                default:
                    output.Write(utf8[..length]);
                    break;
            }

            utf8 = utf8[length..];
        }

        output.Write("\""u8);
    }
}
