using System.Text;

namespace MarbleRun.Manifests.Templates.Functions;

/// <summary>A secret or a reserved credential.</summary>
internal sealed class SecretValue(TemplateSecret secret) : TemplateValue
{
    public TemplateSecret Secret => secret;

    public override string TypeName => "manifest.Secret";

    public override int Size => secret.Public.Length;

    public override TemplateValue? Field(string name) => name switch
    {
        "Cert" => new CertificateValue(secret.Certificate),
        "Public" => new KeyValue(secret.Public, "manifest.PublicKey", "PUBLIC KEY"),
        "Private" => new KeyValue(secret.Private, "manifest.PrivateKey", "PRIVATE KEY"),
        "Type" => new TextValue(Encoding.UTF8.GetBytes(secret.Type)),
        "Size" => new IntegerValue(secret.Size, "uint"),
        "ValidFor" => new IntegerValue(secret.ValidFor, "uint"),
        "Shared" => new BooleanValue(secret.Shared),
        "UserDefined" => new BooleanValue(secret.UserDefined),
        _ => null,
    };
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
