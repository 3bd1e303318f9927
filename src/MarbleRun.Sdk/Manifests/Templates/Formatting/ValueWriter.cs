using System.Buffers;
using System.Text;

namespace MarbleRun.Manifests.Templates.Formatting;

/// <summary>Writes values as Go's package fmt does.</summary>
internal static class ValueWriter
{
    // 8 binary digits with sign and prefix.
    private const int LongestNumber = 12;

    /// <summary>Writes a value by <c>%v</c>; false if values of its type are not written.</summary>
    public static bool TryWrite(TemplateValue value, IBufferWriter<byte> output) => TryWrite(value, new PrintVerb('v'), output);

    /// <summary>
    /// The longest result for a key that is written as numbers: the width applies to each of its bytes. 0 for all other values, which grow
    /// by a small factor.
    /// </summary>
    public static long LongestOf(TemplateValue value, PrintVerb verb) =>
        value is KeyValue && verb.Letter is 'v' or 'd' or 'o' or 'b'
            ? value.Size * (1L + Math.Max(LongestNumber, Math.Max(verb.Width, verb.Precision ?? 0)))
            : 0;

    /// <summary>Writes a value by a verb; false if the verb does not support values of its type.</summary>
    public static bool TryWrite(TemplateValue value, PrintVerb verb, IBufferWriter<byte> output)
    {
        switch (value, verb.Letter)
        {
            case (MissingValue, 'v'):
                BytesWriter.Pad("<nil>"u8, verb, output);
                return true;

            case (BooleanValue boolean, 'v' or 't'):
                BytesWriter.Pad(boolean.Value ? "true"u8 : "false"u8, verb, output);
                return true;

            case (IntegerValue integer, 'v' or 'd' or 'x' or 'X' or 'o' or 'b'):
                IntegerWriter.Write(integer.Value, verb, output);
                return true;

            case (IntegerValue { Value: var character }, 'c'):
                Span<byte> utf8 = stackalloc byte[4];
                Rune rune = character >= 0 && character <= int.MaxValue && Rune.IsValid((int)character)
                    ? new Rune((int)character)
                    : Rune.ReplacementChar;
                BytesWriter.Pad(utf8[..rune.EncodeToUtf8(utf8)], verb, output);
                return true;

            case (TextValue text, 'v'):
                BytesWriter.Write(text.Utf8.Span, verb with { Letter = 's' }, output);
                return true;

            case (TextValue text, 's' or 'q' or 'x' or 'X') when !verb.Zeros:
                BytesWriter.Write(text.Utf8.Span, verb, output);
                return true;

            case (KeyValue key, 's' or 'q' or 'x' or 'X') when !verb.Zeros:
                BytesWriter.Write(key.Bytes.Span, verb, output);
                return true;

            case (KeyValue key, 'v' or 'd' or 'o' or 'b'):
                WriteNumbers(key.Bytes.Span, verb, output);
                return true;

            default:
                return false;
        }
    }

    private static void WriteNumbers(ReadOnlySpan<byte> bytes, PrintVerb verb, IBufferWriter<byte> output)
    {
        output.Write("["u8);
        for (int i = 0; i < bytes.Length; i++)
        {
            if (i > 0)
            {
                output.Write(" "u8);
            }

            IntegerWriter.Write(bytes[i], verb, output);
        }

        output.Write("]"u8);
    }
}
