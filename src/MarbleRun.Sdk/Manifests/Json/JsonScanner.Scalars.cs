using System.Buffers;

namespace MarbleRun.Manifests.Json;

/// <summary>Strings, numbers and literals.</summary>
internal ref partial struct JsonScanner
{
    /// <summary>The bytes that end a run of plain bytes in a string: quote, backslash, and control characters, which are refused.</summary>
    private static readonly SearchValues<byte> s_stringSpecials =
        SearchValues.Create([.. Enumerable.Range(0, 0x20).Select(c => (byte)c), (byte)'"', (byte)'\\']);

    private bool ScanString()
    {
        int start = _position++;
        while (true)
        {
            int special = _text[_position..].IndexOfAny(s_stringSpecials);
            if (special < 0)
            {
                return UnexpectedEnd();
            }

            _position += special;
            switch (_text[_position])
            {
                case (byte)'"':
                    _position++;
                    Add(JsonKind.String, start);
                    return true;

                case (byte)'\\':
                    _position++;
                    if (!ScanEscape())
                    {
                        return false;
                    }

                    break;

                default:
                    return Unexpected("in string literal");
            }
        }
    }

    /// <summary>Scans the escape after a backslash.</summary>
    private bool ScanEscape()
    {
        if (_position == _text.Length)
        {
            return UnexpectedEnd();
        }

        byte c = _text[_position];
        if (c is (byte)'"' or (byte)'\\' or (byte)'/' or (byte)'b' or (byte)'f' or (byte)'n' or (byte)'r' or (byte)'t')
        {
            _position++;
            return true;
        }

        if (c != 'u')
        {
            return Unexpected("in string escape code");
        }

        _position++;
        for (int i = 0; i < 4; i++, _position++)
        {
            if (_position == _text.Length)
            {
                return UnexpectedEnd();
            }

            if (!char.IsAsciiHexDigit((char)_text[_position]))
            {
                return Unexpected("in \\u hexadecimal character escape");
            }
        }

        return true;
    }

    private bool ScanNumber()
    {
        int start = _position;
        if (_text[_position] == '-')
        {
            _position++;
        }

        // A leading zero is a complete number: a digit after it is refused as an invalid separator.
        if (_position < _text.Length && _text[_position] == '0')
        {
            _position++;
        }
        else if (!ScanDigits("in numeric literal"))
        {
            return false;
        }

        if (_position < _text.Length && _text[_position] == '.')
        {
            _position++;
            if (!ScanDigits("after decimal point in numeric literal"))
            {
                return false;
            }
        }

        if (_position < _text.Length && _text[_position] is (byte)'e' or (byte)'E')
        {
            _position++;
            if (_position < _text.Length && _text[_position] is (byte)'+' or (byte)'-')
            {
                _position++;
            }

            if (!ScanDigits("in exponent of numeric literal"))
            {
                return false;
            }
        }

        Add(JsonKind.Number, start);
        return true;
    }

    private bool ScanDigits(string context)
    {
        if (_position == _text.Length)
        {
            return UnexpectedEnd();
        }

        if (!char.IsAsciiDigit((char)_text[_position]))
        {
            return Unexpected(context);
        }

        while (_position < _text.Length && char.IsAsciiDigit((char)_text[_position]))
        {
            _position++;
        }

        return true;
    }

    private bool ScanLiteral(ReadOnlySpan<byte> literal, string name, JsonKind kind)
    {
        int start = _position;
        foreach (byte expected in literal)
        {
            if (_position == _text.Length)
            {
                return UnexpectedEnd();
            }

            if (_text[_position] != expected)
            {
                return Unexpected($"in literal {name} (expecting '{(char)expected}')");
            }

            _position++;
        }

        Add(kind, start);
        return true;
    }
}
