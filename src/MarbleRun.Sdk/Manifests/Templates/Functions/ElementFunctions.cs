namespace MarbleRun.Manifests.Templates.Functions;

/// <summary><c>len</c>, <c>index</c> and <c>slice</c>.</summary>
internal static class ElementFunctions
{
    public static IReadOnlyDictionary<string, TemplateFunction> ByName { get; } = new Dictionary<string, TemplateFunction>(
        StringComparer.Ordinal)
    {
        ["len"] = TemplateFunction.Of(value => value.Length is { } length
            ? FunctionResult.Of(new IntegerValue(length))
            : FunctionResult.Refuse($"len of type {value.TypeName}")),
        ["index"] = new(1, null, Index),
        ["slice"] = new(1, 4, Slice),
    };

    private static FunctionResult Index(IReadOnlyList<TemplateValue> arguments)
    {
        TemplateValue item = arguments[0];
        if (item is MissingValue)
        {
            return FunctionResult.Refuse("index of untyped nil");
        }

        for (int i = 1; i < arguments.Count; i++)
        {
            FunctionResult element = IndexOnce(item, arguments[i]);
            if (element.Fault is not null)
            {
                return element;
            }

            item = element.Value!;
        }

        return FunctionResult.Of(item);
    }

    private static FunctionResult IndexOnce(TemplateValue item, TemplateValue index)
    {
        if (item is SecretsValue secrets)
        {
            return index is TextValue name
                ? FunctionResult.Of(secrets.Index(name))
                : FunctionResult.Refuse($"value has type {index.TypeName}; should be string");
        }

        if (BytesOf(item) is not { } bytes)
        {
            return FunctionResult.Refuse($"can't index item of type {item.TypeName}");
        }

        return PositionFault(index, bytes.Length - 1) is { } fault
            ? FunctionResult.Refuse(fault)
            : FunctionResult.Of(new IntegerValue(bytes.Span[(int)((IntegerValue)index).Value], "uint8"));
    }

    private static FunctionResult Slice(IReadOnlyList<TemplateValue> arguments)
    {
        TemplateValue item = arguments[0];
        if (BytesOf(item) is not { } bytes)
        {
            return FunctionResult.Refuse(item is MissingValue ? "slice of untyped nil" : $"can't slice item of type {item.TypeName}");
        }

        if (item is TextValue && arguments.Count == 4)
        {
            return FunctionResult.Refuse("cannot 3-index slice a string");
        }

        foreach (TemplateValue index in arguments.Skip(1))
        {
            if (PositionFault(index, bytes.Length) is { } fault)
            {
                return FunctionResult.Refuse(fault);
            }
        }

        // The third position is Go's capacity, which cannot be observed here.
        int[] positions = [.. arguments.Skip(1).Select(index => (int)((IntegerValue)index).Value)];
        int start = positions.ElementAtOrDefault(0);
        int end = positions.Length > 1 ? positions[1] : bytes.Length;
        if (start > end || (positions.Length > 2 && end > positions[2]))
        {
            return FunctionResult.Refuse("invalid slice index: the end is before the start");
        }

        return FunctionResult.Of(item is KeyValue key ? key.Slice(start, end) : new TextValue(bytes[start..end]));
    }

    private static ReadOnlyMemory<byte>? BytesOf(TemplateValue value) => value switch
    {
        TextValue text => text.Utf8,
        KeyValue key => key.Bytes,
        _ => default(ReadOnlyMemory<byte>?),
    };

    private static string? PositionFault(TemplateValue index, int last) => index switch
    {
        IntegerValue position when position.Value >= 0 && position.Value <= last => null,

        // The number can be a byte of a key, so the message does not contain it.
        IntegerValue => "index out of range",
        MissingValue => "cannot index slice/array with nil",
        _ => $"cannot index slice/array with type {index.TypeName}",
    };
}
