using System.Buffers;
using MarbleRun.Manifests.Templates.Formatting;

namespace MarbleRun.Manifests.Templates.Functions;

/// <summary>
/// <c>html</c>, <c>js</c> and <c>urlquery</c> (https://pkg.go.dev/text/template#hdr-Functions): the arguments are joined as <c>print</c>
/// does, and characters with a meaning in the format are escaped.
/// </summary>
internal static class EscapeFunctions
{
    private static readonly TextValue s_noValue = new("<no value>"u8.ToArray());

    public static IReadOnlyDictionary<string, TemplateFunction> ByName { get; } = new Dictionary<string, TemplateFunction>(
        StringComparer.Ordinal)
    {
        ["html"] = new(0, null, arguments => Escape(arguments, EscapeWriter.WriteHtml)),
        ["js"] = new(0, null, arguments => Escape(arguments, EscapeWriter.WriteJavaScript)),
        ["urlquery"] = new(0, null, arguments => Escape(arguments, EscapeWriter.WriteUrlQuery)),
    };

    private delegate int Writer(ReadOnlySpan<byte> text, IBufferWriter<byte> output);

    private static FunctionResult Escape(IReadOnlyList<TemplateValue> arguments, Writer write)
    {
        using var text = new ClearingBufferWriter();

        // Unlike print, which writes <nil>, these functions treat a missing value as text.
        TemplateValue[] values = [.. arguments.Select(argument => argument is MissingValue ? s_noValue : argument)];
        if (PrintFunctions.FaultOfPrinting(values, isLine: false, text) is { } fault)
        {
            return FunctionResult.Refuse(fault);
        }

        // A byte becomes up to six bytes: the result is limited here and not where it is written.
        using var escaped = new ClearingBufferWriter();
        for (ReadOnlySpan<byte> rest = text.Written.Span; !rest.IsEmpty;)
        {
            rest = rest[write(rest, escaped)..];
            if (escaped.Written.Length > TemplateLimits.Default.MaxOutput)
            {
                return FunctionResult.Refuse($"a result of more than {TemplateLimits.Default.MaxOutput} bytes");
            }
        }

        return FunctionResult.Made(escaped.Written.ToArray());
    }
}
