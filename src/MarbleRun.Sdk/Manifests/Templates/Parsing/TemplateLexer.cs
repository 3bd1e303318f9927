using System.Buffers;
using System.Globalization;
using System.Text;

namespace MarbleRun.Manifests.Templates.Parsing;

/// <summary>Splits the inside of one action into tokens.</summary>
internal ref struct TemplateLexer(TemplateText text, int action, int position)
{
    private static readonly SearchValues<byte> s_blanks = SearchValues.Create(" \t\r\n"u8);

    /// <summary>The characters that may follow a name directly; a space and the end of the action may follow too.</summary>
    private static readonly SearchValues<byte> s_terminators = SearchValues.Create(".,|:)("u8);

    private readonly TemplateText _text = text;
    private readonly ReadOnlySpan<byte> _bytes = text.Bytes;

    /// <summary>The start of the action; errors contain it.</summary>
    public int Action { get; } = action;

    /// <summary>The start of the next token.</summary>
    public int Position { get; private set; } = position;

    public static bool IsBlank(byte c) => s_blanks.Contains(c);

    /// <summary>The length of a closing delimiter at a position, including its trim marker; 0 if another token is there.</summary>
    public static int ClosingLength(ReadOnlySpan<byte> rest) =>
        rest.StartsWith("}}"u8) ? 2 : rest.Length >= 4 && IsBlank(rest[0]) && rest[1..].StartsWith("-}}"u8) ? 4 : 0;

    /// <summary>Returns the next token that is not a space.</summary>
    public TemplateToken NextOperand()
    {
        TemplateToken token = Next();
        return token.Kind == TemplateTokenKind.Blank ? Next() : token;
    }

    /// <summary>Returns the next token that is not a space, without consuming it.</summary>
    public readonly TemplateToken Peek()
    {
        TemplateLexer ahead = this;
        return ahead.NextOperand();
    }

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
            throw _text.ActionError(start, Action, "unclosed action");
        }

        return (char)_bytes[start] switch
        {
            ' ' or '\t' or '\r' or '\n' => Token(TemplateTokenKind.Blank, start, EndOfBlanks(start)),
            '|' => Token(TemplateTokenKind.Pipe, start, start + 1),
            '(' => Token(TemplateTokenKind.LeftParenthesis, start, start + 1),
            ')' => Token(TemplateTokenKind.RightParenthesis, start, start + 1),
            ',' => Token(TemplateTokenKind.Comma, start, start + 1),
            '=' => Token(TemplateTokenKind.Assign, start, start + 1),
            ':' when _bytes[start..].StartsWith(":="u8) => Token(TemplateTokenKind.Declare, start, start + 2),
            ':' => throw _text.ActionError(start, Action, "expected :="),
            '"' => Token(TemplateTokenKind.Quoted, start, EndOfQuoted(start, '"', "quoted string")),
            '\'' => Token(TemplateTokenKind.Character, start, EndOfQuoted(start, '\'', "character constant")),
            '`' => Token(TemplateTokenKind.Quoted, start, EndOfRawQuoted(start)),
            '.' when start + 1 < _bytes.Length && char.IsAsciiDigit((char)_bytes[start + 1]) => Number(start),
            '.' => Name(start, TemplateTokenKind.Dot, TemplateTokenKind.Field),
            '$' => Name(start, TemplateTokenKind.Variable, TemplateTokenKind.Variable),
            '+' or '-' or (>= '0' and <= '9') => Number(start),
            _ => Word(start),
        };
    }

    private TemplateToken Name(int start, TemplateTokenKind bare, TemplateTokenKind named)
    {
        int end = EndOfWord(start + 1);
        return Terminated(end == start + 1 ? bare : named, start, end);
    }

    private TemplateToken Word(int start)
    {
        int end = EndOfWord(start);
        return end > start
            ? Terminated(TemplateTokenKind.Word, start, end)
            : throw _text.ActionError(start, Action, $"unrecognized character in action: {Show(start)}");
    }

    /// <summary>Reads all characters that can belong to a number, including a sign; the parser checks the number.</summary>
    private TemplateToken Number(int start)
    {
        int end = EndOfWord(start + 1);
        while (end < _bytes.Length
            && (_bytes[end] == '.' || (_bytes[end] is (byte)'+' or (byte)'-' && (_bytes[end - 1] | 0x20) is 'e' or 'p')))
        {
            end = EndOfWord(end + 1);
        }

        return Token(TemplateTokenKind.Number, start, end);
    }

    /// <summary>Checks the character after a name.</summary>
    private TemplateToken Terminated(TemplateTokenKind kind, int start, int end)
    {
        if (end < _bytes.Length && ClosingLength(_bytes[end..]) == 0 && !IsBlank(_bytes[end]) && !s_terminators.Contains(_bytes[end]))
        {
            string hint = _bytes[end] == '-' ? "; names with a hyphen need (index .Secrets \"the-name\")" : string.Empty;
            throw _text.ActionError(end, Action, $"bad character {Show(end)}{hint}");
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
        // A space that belongs to a closing trim marker is not consumed.
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

    private readonly int EndOfQuoted(int start, char quote, string what)
    {
        for (int i = start + 1; i < _bytes.Length && _bytes[i] != '\n'; i++)
        {
            if (_bytes[i] == quote)
            {
                return i + 1;
            }

            if (_bytes[i] == '\\' && i + 1 < _bytes.Length && _bytes[i + 1] != '\n')
            {
                i++;
            }
        }

        throw _text.ActionError(start, Action, $"unterminated {what}");
    }

    private readonly int EndOfRawQuoted(int start)
    {
        int length = _bytes[(start + 1)..].IndexOf((byte)'`');
        return length >= 0 ? start + 1 + length + 1 : throw _text.ActionError(start, Action, "unterminated raw quoted string");
    }

    private readonly string Show(int position)
    {
        _ = Rune.DecodeFromUtf8(_bytes[position..], out Rune rune, out _);
        return string.Create(CultureInfo.InvariantCulture, $"U+{rune.Value:X4}") + (Rune.IsControl(rune) ? string.Empty : $" '{rune}'");
    }
}
