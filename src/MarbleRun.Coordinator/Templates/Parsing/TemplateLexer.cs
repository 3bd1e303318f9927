using System.Buffers;
using System.Globalization;
using System.Text;

namespace MarbleRun.Coordinator.Templates.Parsing;

/// <summary>Splits the inside of one action into tokens.</summary>
internal ref struct TemplateLexer(TemplateText text, int action, int position)
{
    private static readonly SearchValues<byte> s_blanks = SearchValues.Create(" \t\r\n"u8);

    private readonly TemplateText _text = text;
    private readonly ReadOnlySpan<byte> _bytes = text.Bytes;
    private readonly int _action = action;

    /// <summary>Where the next token begins.</summary>
    public int Position { get; private set; } = position;

    public static bool IsBlank(byte c) => s_blanks.Contains(c);

    /// <summary>The length of a closing delimiter at a place, with its trim marker; 0 if there is none.</summary>
    public static int ClosingLength(ReadOnlySpan<byte> rest) =>
        rest.StartsWith("}}"u8) ? 2 : rest.Length >= 4 && IsBlank(rest[0]) && rest[1..].StartsWith("-}}"u8) ? 4 : 0;

    public TemplateToken Next()
    {
        int start = Position;
        int closing = ClosingLength(_bytes[start..]);
        if (closing > 0)
        {
            return Token(TemplateTokenKind.ActionEnd, start, start + closing);
        }

        if (start == _bytes.Length)
        {
            throw _text.ActionError(start, _action, "unclosed action");
        }

        switch (_bytes[start])
        {
            case byte c when IsBlank(c):
                return Token(TemplateTokenKind.Blank, start, EndOfBlanks(start));
            case (byte)'|':
                return Token(TemplateTokenKind.Pipe, start, start + 1);
            case (byte)'(':
                return Token(TemplateTokenKind.LeftParenthesis, start, start + 1);
            case (byte)')':
                return Token(TemplateTokenKind.RightParenthesis, start, start + 1);
            case (byte)'"':
                return Token(TemplateTokenKind.Quoted, start, EndOfQuoted(start));
            case (byte)'`':
                return Token(TemplateTokenKind.Quoted, start, EndOfRawQuoted(start));
            case (byte)'.':
                int end = EndOfWord(start + 1);
                return Terminated(end == start + 1 ? TemplateTokenKind.Dot : TemplateTokenKind.Field, start, end);
            default:
                return Word(start);
        }
    }

    private TemplateToken Word(int start)
    {
        int end = EndOfWord(start);
        if (end > start && !char.IsAsciiDigit((char)_bytes[start]))
        {
            return Terminated(TemplateTokenKind.Word, start, end);
        }

        throw (char)_bytes[start] switch
        {
            '$' => Unsupported(start, "variables are"),
            ':' or '=' => Unsupported(start, "assignments are"),
            '\'' => Unsupported(start, "character constants are"),
            '+' or '-' or (>= '0' and <= '9') => Unsupported(start, "numbers are"),
            _ => _text.ActionError(start, _action, $"unrecognized character in action: {Show(start)}"),
        };
    }

    /// <summary>A name must be followed by something that can stand after a name.</summary>
    private TemplateToken Terminated(TemplateTokenKind kind, int start, int end)
    {
        if (end < _bytes.Length
            && ClosingLength(_bytes[end..]) == 0
            && !IsBlank(_bytes[end])
            && _bytes[end] is not ((byte)'.' or (byte)',' or (byte)'|' or (byte)':' or (byte)')' or (byte)'('))
        {
            string hint = _bytes[end] == '-' ? "; names with a hyphen need (index .Secrets \"the-name\")" : string.Empty;
            throw _text.ActionError(end, _action, $"bad character {Show(end)}{hint}");
        }

        return Token(kind, start, end);
    }

    private TemplateToken Token(TemplateTokenKind kind, int start, int end)
    {
        Position = end;
        return new TemplateToken(kind, start, end);
    }

    private readonly int EndOfBlanks(int position)
    {
        // A blank that belongs to a closing trim marker is left to it.
        while (position < _bytes.Length && IsBlank(_bytes[position]) && ClosingLength(_bytes[position..]) == 0)
        {
            position++;
        }

        return position;
    }

    private readonly int EndOfWord(int position)
    {
        while (position < _bytes.Length
            && Rune.DecodeFromUtf8(_bytes[position..], out Rune rune, out int length) == OperationStatus.Done
            && (rune.Value == '_' || Rune.IsLetter(rune) || Rune.GetUnicodeCategory(rune) == UnicodeCategory.DecimalDigitNumber))
        {
            position += length;
        }

        return position;
    }

    private readonly int EndOfQuoted(int start)
    {
        for (int i = start + 1; i < _bytes.Length && _bytes[i] != '\n'; i++)
        {
            switch (_bytes[i])
            {
                case (byte)'"':
                    return i + 1;
                case (byte)'\\' when i + 1 < _bytes.Length && _bytes[i + 1] != '\n':
                    i++;
                    break;
            }
        }

        throw _text.ActionError(start, _action, "unterminated quoted string");
    }

    private readonly int EndOfRawQuoted(int start)
    {
        int length = _bytes[(start + 1)..].IndexOf((byte)'`');
        return length >= 0 ? start + 1 + length + 1 : throw _text.ActionError(start, _action, "unterminated raw quoted string");
    }

    private readonly TemplateException Unsupported(int position, string what) =>
        _text.ActionError(position, _action, $"{what} not supported by this Coordinator");

    private readonly string Show(int position)
    {
        _ = Rune.DecodeFromUtf8(_bytes[position..], out Rune rune, out _);
        return string.Create(CultureInfo.InvariantCulture, $"U+{rune.Value:X4}") + (Rune.IsControl(rune) ? string.Empty : $" '{rune}'");
    }
}
