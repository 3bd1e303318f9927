using System.Diagnostics.CodeAnalysis;

namespace MarbleRun.Manifests.Templates.Formatting;

/// <summary>
/// A format of <c>printf</c>: text with the verbs <c>%v %s %q %d %x %X %o %b %c %t</c>, their flags, width and precision, and <c>%%</c>.
/// </summary>
internal sealed class PrintFormat
{
    private const int MaxWidth = 1000;

    private readonly List<Part> _parts = [];

    private PrintFormat()
    {
    }

    /// <summary>The parts in order: text, or a verb.</summary>
    public IReadOnlyList<Part> Parts => _parts;

    /// <summary>The number of values that the format takes.</summary>
    public int Verbs { get; private set; }

    /// <summary>Reads a format; if that fails, the fault has the reason.</summary>
    public static bool TryParse(byte[] text, [NotNullWhen(true)] out PrintFormat? format, [NotNullWhen(false)] out string? fault)
    {
        format = null;
        fault = null;
        var result = new PrintFormat();
        int position = 0;
        while (position < text.Length)
        {
            int length = text.AsSpan(position).IndexOf((byte)'%');
            int end = length < 0 ? text.Length : position + length;
            result._parts.Add(new Part(text.AsMemory(position, end - position), null));
            position = end;
            if (end < text.Length)
            {
                fault = result.ReadVerb(text, ref position);
                if (fault is not null)
                {
                    return false;
                }
            }
        }

        format = result;
        return true;
    }

    private string? ReadVerb(byte[] text, ref int position)
    {
        var verb = default(PrintVerb);
        int start = position++;
        for (; position < text.Length && "-0+ #".Contains((char)text[position], StringComparison.Ordinal); position++)
        {
            verb = (char)text[position] switch
            {
                '-' => verb with { Left = true, Zeros = false },
                '0' => verb with { Zeros = !verb.Left },
                '+' => verb with { Plus = true },
                ' ' => verb with { Blank = true },
                _ => verb with { Sharp = true },
            };
        }

        verb = verb with { Width = ReadNumber(text, ref position) };
        if (position < text.Length && text[position] == '.')
        {
            position++;
            verb = verb with { Precision = ReadNumber(text, ref position) };
        }

        char letter = position < text.Length ? (char)text[position++] : '\0';
        string name = letter is >= ' ' and < '\x7f' ? $"%{letter}" : "what follows %";
        if (verb.Width > MaxWidth || verb.Precision > MaxWidth)
        {
            return $"a width of more than {MaxWidth}";
        }

        if (letter == '%' && position == start + 2)
        {
            _parts.Add(new Part("%"u8.ToArray(), null));
            return null;
        }

        if (!AreFlagsOf(verb, letter))
        {
            return $"{name} with its flags is not supported by this Coordinator; it knows %v %s %q %d %x %X %o %b %c %t and %%";
        }

        Verbs++;
        _parts.Add(new Part(default, verb with { Letter = letter }));
        return null;
    }

    private static bool AreFlagsOf(PrintVerb verb, char letter) => letter switch
    {
        'd' => !verb.Sharp,
        'x' or 'X' => !verb.Plus,
        'o' or 'b' => verb is { Plus: false, Blank: false, Sharp: false },
        's' or 'q' or 'v' => verb is { Zeros: false, Plus: false, Blank: false, Sharp: false },
        'c' or 't' => verb is { Zeros: false, Plus: false, Blank: false, Sharp: false, Precision: null },
        _ => false,
    };

    private static int ReadNumber(byte[] text, ref int position)
    {
        int number = 0;
        for (; position < text.Length && char.IsAsciiDigit((char)text[position]); position++)
        {
            number = Math.Min((number * 10) + text[position] - '0', MaxWidth + 1);
        }

        return number;
    }

    /// <summary>Text that is copied, or the verb of the next value.</summary>
    internal readonly record struct Part(ReadOnlyMemory<byte> Text, PrintVerb? Verb);
}

/// <summary>A verb of a format with its flags (https://pkg.go.dev/fmt, "Printing").</summary>
/// <param name="Letter">One of <see cref="PrintFormat"/>'s verbs.</param>
/// <param name="Width">The least number of characters; 0 if not specified.</param>
/// <param name="Precision">The largest number of characters of a text, or the least digits of a number; null if not specified.</param>
/// <param name="Left">Pads on the right.</param>
/// <param name="Zeros">Pads numbers with zeros.</param>
/// <param name="Plus">Numbers show their sign.</param>
/// <param name="Blank">A space before numbers without sign, or between the bytes of <c>x</c>.</param>
/// <param name="Sharp"><c>0x</c> before hex digits.</param>
internal readonly record struct PrintVerb(
    char Letter,
    int Width = 0,
    int? Precision = null,
    bool Left = false,
    bool Zeros = false,
    bool Plus = false,
    bool Blank = false,
    bool Sharp = false);
