namespace MarbleRun.Manifests.Templates.Functions;

/// <summary>The result of a function: a value, or the reason why it refuses its arguments.</summary>
/// <param name="Value">The value, if there is no fault.</param>
/// <param name="Fault">The reason.</param>
/// <param name="Kind">The kind of the reason.</param>
/// <param name="Scratch">Bytes that the function created for the value; they are cleared after the template.</param>
internal readonly record struct FunctionResult(TemplateValue? Value, string? Fault, TemplateFaultKind Kind, Memory<byte> Scratch)
{
    public static FunctionResult Of(TemplateValue value) => new(value, null, default, default);

    public static FunctionResult Of(bool value) => Of(new BooleanValue(value));

    /// <summary>Text whose bytes belong to the template.</summary>
    public static FunctionResult Made(Memory<byte> text) => new(new TextValue(text), null, default, text);

    public static FunctionResult Refuse(string fault, TemplateFaultKind kind = TemplateFaultKind.Other) => new(null, fault, kind, default);
}
