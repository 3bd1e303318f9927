using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace MarbleRun.Cli.Manifests;

/// <summary>The types of texts without quotes in YAML 1.1: null, yes and no in many spellings, numbers.</summary>
internal static partial class YamlScalars
{
    /// <summary>Returns the name in JSON: names that are not texts become texts.</summary>
    public static string NameOf(YamlNode.Scalar name) => ValueOf(name) switch
    {
        null => "null",
        true => "true",
        false => "false",
        var other => Convert.ToString(other, CultureInfo.InvariantCulture)!,
    };

    public static void Write(Utf8JsonWriter writer, YamlNode.Scalar scalar)
    {
        switch (ValueOf(scalar))
        {
            case null:
                writer.WriteNullValue();
                break;
            case bool flag:
                writer.WriteBooleanValue(flag);
                break;
            case long number:
                writer.WriteNumberValue(number);
                break;
            case ulong number:
                writer.WriteNumberValue(number);
                break;
            case double number when double.IsFinite(number):
                writer.WriteNumberValue(number);
                break;
            case double:
                throw new YamlFaultException($"{scalar.Text} is not a number in JSON", scalar.Place, "Put it in quotes if it is a text.");
            case var text:
                writer.WriteStringValue((string)text);
                break;
        }
    }

    private static object? ValueOf(YamlNode.Scalar scalar) => !scalar.IsPlain ? scalar.Text : scalar.Text switch
    {
        "" or "~" or "null" or "Null" or "NULL" => null,
        "true" or "True" or "TRUE" or "yes" or "Yes" or "YES" or "on" or "On" or "ON" or "y" or "Y" => true,
        "false" or "False" or "FALSE" or "no" or "No" or "NO" or "off" or "Off" or "OFF" or "n" or "N" => false,
        ".inf" or ".Inf" or ".INF" or "+.inf" or "+.Inf" or "+.INF" => double.PositiveInfinity,
        "-.inf" or "-.Inf" or "-.INF" => double.NegativeInfinity,
        ".nan" or ".NaN" or ".NAN" => double.NaN,
        _ => NumberOf(scalar.Text) ?? scalar.Text,
    };

    private static object? NumberOf(string text)
    {
        if (WholeNumber().Match(text) is { Success: true } whole)
        {
            string digits = whole.Groups["digits"].Value.Replace("_", string.Empty, StringComparison.Ordinal);
            int radix = whole.Groups["hex"].Success ? 16 : whole.Groups["binary"].Success ? 2 : whole.Groups["octal"].Success ? 8 : 10;
            if (TryParse(digits, radix, out ulong magnitude))
            {
                return text[0] != '-' ? (object)magnitude : magnitude <= long.MaxValue ? (object)-(long)magnitude : -(double)magnitude;
            }
        }

        return FloatingNumber().IsMatch(text)
            && double.TryParse(
                text.Replace("_", string.Empty, StringComparison.Ordinal),
                NumberStyles.Float,
                CultureInfo.InvariantCulture,
                out double number)
            ? number
            : null;
    }

    private static bool TryParse(string digits, int radix, out ulong number)
    {
        number = 0;
        foreach (char digit in digits)
        {
            ulong value = (ulong)Convert.ToInt32(digit.ToString(), 16);
            if (number > (ulong.MaxValue - value) / (ulong)radix)
            {
                return false;
            }

            number = (number * (ulong)radix) + value;
        }

        return true;
    }

    [GeneratedRegex(
        @"^[-+]?(0x(?<hex>)(?<digits>[0-9a-fA-F][0-9a-fA-F_]*)|0b(?<binary>)(?<digits>[01][01_]*)|0o?(?<octal>)(?<digits>[0-7][0-7_]*)"
        + @"|(?<digits>0|[1-9][0-9_]*))\z")]
    private static partial Regex WholeNumber();

    [GeneratedRegex(@"^[-+]?(\.[0-9][0-9_]*|[0-9][0-9_]*(\.[0-9_]*)?)([eE][-+]?[0-9]+)?\z")]
    private static partial Regex FloatingNumber();
}
