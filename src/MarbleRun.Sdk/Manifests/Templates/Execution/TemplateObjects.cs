using System.Text;

namespace MarbleRun.Manifests.Templates.Execution;

/// <summary>The data as a whole: <c>.</c></summary>
internal sealed class RootValue(TemplateData data) : TemplateValue
{
    public override string TypeName => "manifest.TemplateSecrets";

    public override TemplateValue? Field(string name) => name switch
    {
        "Secrets" => new SecretsValue(data.Secrets),
        "Previous" => new PreviousValue(data),
        "MarbleRun" => new ReservedValue(data),
        _ => null,
    };
}

/// <summary><c>.Previous</c></summary>
internal sealed class PreviousValue(TemplateData data) : TemplateValue
{
    public override string TypeName => "struct { Secrets map[string]manifest.Secret }";

    public override TemplateValue? Field(string name) => name == "Secrets" ? new SecretsValue(data.PreviousSecrets) : null;
}

/// <summary><c>.Secrets</c></summary>
internal sealed class SecretsValue(IReadOnlyDictionary<string, TemplateSecret> secrets) : TemplateValue
{
    public override string TypeName => "map[string]manifest.Secret";

    public override bool IsTrue => secrets.Count > 0;

    public override int? Length => secrets.Count;

    /// <summary>The names in the order of their bytes.</summary>
    public IEnumerable<TextValue> Names()
    {
        byte[][] names = [.. secrets.Keys.Select(Encoding.UTF8.GetBytes)];
        Array.Sort(names, static (a, b) => a.AsSpan().SequenceCompareTo(b));
        return names.Select(name => new TextValue(name));
    }

    public override TemplateValue Field(string name) =>
        secrets.TryGetValue(name, out TemplateSecret? secret) ? new SecretValue(secret) : MissingValue.Instance;

    /// <summary>Indexing differs from a field: an unknown name results in an empty secret, not a missing one.</summary>
    public SecretValue Index(TextValue name) =>
        new(secrets.GetValueOrDefault(Encoding.UTF8.GetString(name.Utf8.Span), TemplateSecret.Empty));
}

/// <summary><c>.MarbleRun</c></summary>
internal sealed class ReservedValue(TemplateData data) : TemplateValue
{
    public override string TypeName => "manifest.ReservedSecrets";

    public override TemplateValue? Field(string name) => name switch
    {
        "RootCA" => From(data.RootCa),
        "MarbleCert" => From(data.MarbleCert),
        "CoordinatorRoot" => From(data.CoordinatorRoot),
        "CoordinatorIntermediate" => From(data.CoordinatorIntermediate),
        _ => null,
    };

    private static SecretValue From(TemplateCredential credential) =>
        new(new TemplateSecret { Certificate = credential.Certificate, Public = credential.Public, Private = credential.Private });
}
