using System.Buffers;
using MarbleRun.Manifests.Templates.Formatting;
using MarbleRun.Manifests.Templates.Parsing;

namespace MarbleRun.Manifests.Templates.Functions;

/// <summary><c>print</c>, <c>println</c> and <c>printf</c>.</summary>
internal static class PrintFunctions
{
    public static IReadOnlyDictionary<string, TemplateFunction> ByName { get; } = new Dictionary<string, TemplateFunction>(
        StringComparer.Ordinal)
    {
        ["print"] = new(0, null, arguments => Print(arguments, isLine: false)),
        ["println"] = new(0, null, arguments => Print(arguments, isLine: true)),
        [TemplateWords.Printf] = new(1, null, Printf),
    };

    /// <summary>
    /// Writes values with spaces between them: on a line between all values, otherwise between values of which neither is text. Returns
    /// null, or the error for a type that cannot be written.
    /// </summary>
    public static string? FaultOfPrinting(IReadOnlyList<TemplateValue> values, bool isLine, ClearingBufferWriter output)
    {
        for (int i = 0; i < values.Count; i++)
        {
            if (i > 0 && (isLine || (values[i] is not TextValue && values[i - 1] is not TextValue)))
            {
                output.Write(" "u8);
            }

            if (!ValueWriter.TryWrite(values[i], output))
            {
                return $"a value of type {values[i].TypeName} cannot be printed";
            }
        }

        return null;
    }

    private static FunctionResult Print(IReadOnlyList<TemplateValue> arguments, bool isLine)
    {
        using var output = new ClearingBufferWriter();
        if (FaultOfPrinting(arguments, isLine, output) is { } fault)
        {
            return FunctionResult.Refuse(fault);
        }

        if (isLine)
        {
            output.Write("\n"u8);
        }

        return FunctionResult.Made(output.Written.ToArray());
    }

    private static FunctionResult Printf(IReadOnlyList<TemplateValue> arguments)
    {
        using var output = new ClearingBufferWriter();
        int next = 1;
        foreach ((ReadOnlyMemory<byte> text, PrintVerb? verb) in ((FormatValue)arguments[0]).Format.Parts)
        {
            output.Write(text.Span);
            if (verb is not { } used)
            {
                continue;
            }

            TemplateValue value = arguments[next++];
            if (output.Written.Length + ValueWriter.LongestOf(value, used) > TemplateLimits.Default.MaxOutput)
            {
                return FunctionResult.Refuse($"a result of more than {TemplateLimits.Default.MaxOutput} bytes");
            }

            if (!ValueWriter.TryWrite(value, used, output))
            {
                return FunctionResult.Refuse(value is MissingValue
                    ? $"%{used.Letter} of a value that does not exist"
                    : $"%{used.Letter} does not take a value of type {value.TypeName}");
            }
        }

        return FunctionResult.Made(output.Written.ToArray());
    }
}

/// <summary>The format of <c>printf</c>, parsed.</summary>
internal sealed class FormatValue(PrintFormat format) : TemplateValue
{
    public PrintFormat Format => format;

    public override string TypeName => "string";
}
