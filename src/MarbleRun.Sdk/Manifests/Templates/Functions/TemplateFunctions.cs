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
