using System.Diagnostics.CodeAnalysis;

namespace MarbleRun.Manifests.Json;

/// <summary>
/// Splits JSON (RFC 8259) into tokens and refuses everything else. It is implemented here because its error texts are part of the wire
/// protocol, and because invalid UTF-8 inside strings is to be replaced, not refused. It works without recursion, so nesting cannot exhaust
/// the stack.
/// </summary>
internal ref partial struct JsonScanner
{
    private const int MaxDepth = 10000;

    private readonly ReadOnlySpan<byte> _text;
    private readonly List<JsonToken> _tokens = [];
    private readonly Stack<int> _open = [];
    private int _position;
    private JsonDefect? _defect;

    private JsonScanner(ReadOnlySpan<byte> text) => _text = text;

    public static bool TryScan(
        ReadOnlySpan<byte> text, [NotNullWhen(true)] out List<JsonToken>? tokens, [NotNullWhen(false)] out JsonDefect? defect)
    {
        var scanner = new JsonScanner(text);
        tokens = scanner.ScanDocument() ? scanner._tokens : null;
        defect = scanner._defect;
        return tokens is not null;
    }

    private bool ScanDocument()
    {
        do
        {
            if (!ScanValueStart())
            {
                return false;
            }
        }
        while (_open.Count > 0);

        SkipBlanks();
        return _position == _text.Length || Unexpected("after top-level value");
    }

    /// <summary>
    /// Scans one value and closes the structures that it completes, up to the start of the next value or the end of the document.
    /// </summary>
    private bool ScanValueStart()
    {
        SkipBlanks();
        if (_position == _text.Length)
        {
            return UnexpectedEnd();
        }

        byte first = _text[_position];
        if (first is (byte)'{' or (byte)'[')
        {
            return Open(first) && (IsEmptyContainer(first) ? Close() && ScanSeparators() : first == '[' || ScanKey());
        }

        bool scanned = first switch
        {
            (byte)'"' => ScanString(),
            (byte)'-' or (>= (byte)'0' and <= (byte)'9') => ScanNumber(),
            (byte)'t' => ScanLiteral("true"u8, "true", JsonKind.True),
            (byte)'f' => ScanLiteral("false"u8, "false", JsonKind.False),
            (byte)'n' => ScanLiteral("null"u8, "null", JsonKind.Null),
            _ => Unexpected("looking for beginning of value"),
        };
        return scanned && ScanSeparators();
    }

    private bool Open(byte bracket)
    {
        if (_open.Count == MaxDepth)
        {
            return Unexpected("exceeded max depth");
        }

        _open.Push(_tokens.Count);
        _tokens.Add(new JsonToken(bracket == '[' ? JsonKind.Array : JsonKind.Object, _position, 0, 0));
        _position++;
        return true;
    }

    private bool IsEmptyContainer(byte bracket)
    {
        SkipBlanks();
        return _position < _text.Length && _text[_position] == (bracket == '[' ? ']' : '}');
    }

    private bool Close()
    {
        int index = _open.Pop();
        _position++;
        _tokens[index] = _tokens[index] with { End = _position, Next = _tokens.Count };
        return true;
    }

    private bool ScanSeparators()
    {
        while (_open.Count > 0)
        {
            SkipBlanks();
            if (_position == _text.Length)
            {
                return UnexpectedEnd();
            }

            bool isArray = _tokens[_open.Peek()].Kind == JsonKind.Array;
            byte next = _text[_position];
            if (next == ',')
            {
                _position++;
                return isArray || ScanKey();
            }

            if (next != (isArray ? ']' : '}'))
            {
                return Unexpected(isArray ? "after array element" : "after object key:value pair");
            }

            Close();
        }

        return true;
    }

    private bool ScanKey()
    {
        SkipBlanks();
        if (_position == _text.Length)
        {
            return UnexpectedEnd();
        }

        if (_text[_position] != '"')
        {
            return Unexpected("looking for beginning of object key string");
        }

        if (!ScanString())
        {
            return false;
        }

        SkipBlanks();
        if (_position == _text.Length)
        {
            return UnexpectedEnd();
        }

        if (_text[_position] != ':')
        {
            return Unexpected("after object key");
        }

        _position++;
        return true;
    }

    private void SkipBlanks()
    {
        while (_position < _text.Length && _text[_position] is (byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')
        {
            _position++;
        }
    }

    private void Add(JsonKind kind, int start) => _tokens.Add(new JsonToken(kind, start, _position, _tokens.Count + 1));

    private bool UnexpectedEnd()
    {
        _defect = new JsonDefect("unexpected end of JSON input", _text.Length);
        return false;
    }

    private bool Unexpected(string context)
    {
        _defect = new JsonDefect($"invalid character {QuotedCharacter.Of(_text[_position])} {context}", _position);
        return false;
    }
}

/// <summary>The reason why a text is not JSON, with the text of the protocol, and the byte offset.</summary>
internal sealed record JsonDefect(string Message, int Offset);

/// <summary>A value or member name. <paramref name="Next"/> is the index of the token after this one and everything inside it.</summary>
internal readonly record struct JsonToken(JsonKind Kind, int Start, int End, int Next);
