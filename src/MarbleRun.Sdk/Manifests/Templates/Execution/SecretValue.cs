using System.Text;

namespace MarbleRun.Manifests.Templates.Execution;

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
