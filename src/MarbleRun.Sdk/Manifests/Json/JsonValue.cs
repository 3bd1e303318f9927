namespace MarbleRun.Manifests.Json;

/// <summary>A value of a scanned text.</summary>
internal readonly struct JsonValue(byte[] text, List<JsonToken> tokens, int index)
{
    private readonly byte[] _text = text;
    private readonly List<JsonToken> _tokens = tokens;

    public JsonKind Kind => _tokens[index].Kind;

    /// <summary>The start of the value, in bytes.</summary>
    public int Offset => _tokens[index].Start;

    /// <summary>The value as it is written.</summary>
    public ReadOnlySpan<byte> Raw => _text.AsSpan(_tokens[index].Start, _tokens[index].End - _tokens[index].Start);

    /// <summary>The kind in error texts.</summary>
    public string KindName => Kind switch
    {
        JsonKind.Null => "null",
        JsonKind.False or JsonKind.True => "bool",
        JsonKind.Number => "number",
        JsonKind.String => "string",
        JsonKind.Array => "array",
        _ => "object",
    };

    /// <summary>The content of a string: escapes resolved, each invalid byte and each lone surrogate replaced by U+FFFD.</summary>
    public string GetString() => JsonText.Unescape(Raw[1..^1]);

    /// <summary>The elements of an array in their order.</summary>
    public IEnumerable<JsonValue> Elements()
    {
        int end = _tokens[index].Next;
        for (int i = index + 1; i < end; i = _tokens[i].Next)
        {
            yield return new JsonValue(_text, _tokens, i);
        }
    }

    /// <summary>The members of an object in their order, duplicates included.</summary>
    public IEnumerable<(JsonValue Name, JsonValue Value)> Members()
    {
        int end = _tokens[index].Next;
        for (int i = index + 1; i < end; i = _tokens[i + 1].Next)
        {
            yield return (new JsonValue(_text, _tokens, i), new JsonValue(_text, _tokens, i + 1));
        }
    }
}
