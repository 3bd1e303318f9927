using System.Collections.Frozen;

namespace MarbleRun.Manifests.Templates.Functions;

/// <summary>The functions of templates. Files have <c>raw</c>; environment variables have <c>string</c> instead.</summary>
internal sealed class TemplateFunctions
{
    private static readonly TemplateFunctions s_file = new("raw", SecretFunctions.Raw);

    private static readonly TemplateFunctions s_environment = new("string", SecretFunctions.PlainText);

    private readonly FrozenDictionary<string, TemplateFunction> _byName;

    private TemplateFunctions(string name, Func<TemplateValue, FunctionResult> function)
    {
        var secrets = new Dictionary<string, TemplateFunction>(StringComparer.Ordinal)
        {
            ["pem"] = TemplateFunction.Of(SecretFunctions.Pem),
            ["hex"] = TemplateFunction.Of(SecretFunctions.Hex),
            ["base64"] = TemplateFunction.Of(SecretFunctions.Base64),
            [name] = TemplateFunction.Of(function),
        };
        Encoders = string.Join(", ", secrets.Keys);
        _byName = secrets
            .Concat(Comparisons.ByName)
            .Concat(ElementFunctions.ByName)
            .Concat(PrintFunctions.ByName)
            .Concat(EscapeFunctions.ByName)
            .ToFrozenDictionary(StringComparer.Ordinal);
    }

    /// <summary>The names of the functions that write secrets, for messages.</summary>
    public string Encoders { get; }

    public TemplateFunction this[string name] => _byName[name];

    public static TemplateFunctions For(TemplateTarget target) => target == TemplateTarget.File ? s_file : s_environment;

    public bool Contains(string name) => _byName.ContainsKey(name);
}

/// <summary>A function and the number of its arguments.</summary>
/// <param name="Least">The least number.</param>
/// <param name="Most">The largest number; null for no limit.</param>
/// <param name="Call">Evaluates it.</param>
internal sealed record TemplateFunction(int Least, int? Most, Func<IReadOnlyList<TemplateValue>, FunctionResult> Call)
{
    /// <summary>A function of one argument.</summary>
    public static TemplateFunction Of(Func<TemplateValue, FunctionResult> call) => new(1, 1, arguments => call(arguments[0]));

    /// <summary>Returns null if a number of arguments is valid, otherwise the error.</summary>
    public string? FaultOf(string name, int count) =>
        count >= Least && count <= (Most ?? count)
            ? null
            : $"wrong number of args for {name}: want {(Most == Least ? string.Empty : "at least ")}{Least} got {count}";
}
