using System.Globalization;
using System.Text;

namespace MarbleRun.Coordinator.Templates.Execution;

/// <summary>A secret or a reserved credential.</summary>
internal sealed class SecretValue(TemplateSecret secret) : TemplateValue
{
    public TemplateSecret Secret => secret;

    public override string TypeName => "manifest.Secret";

    public override TemplateValue? Field(string name) => name switch
    {
        "Cert" => new BinaryValue(secret.Certificate, "manifest.Certificate", "CERTIFICATE"),
        "Public" => new BinaryValue(secret.Public, "manifest.PublicKey", "PUBLIC KEY"),
        "Private" => new BinaryValue(secret.Private, "manifest.PrivateKey", "PRIVATE KEY"),
        "Type" => Text(secret.Type, "string"),
        "Size" => Text(secret.Size.ToString(CultureInfo.InvariantCulture), "uint"),
        "ValidFor" => Text(secret.ValidFor.ToString(CultureInfo.InvariantCulture), "uint"),
        "Shared" => Text(secret.Shared ? "true" : "false", "bool"),
        "UserDefined" => Text(secret.UserDefined ? "true" : "false", "bool"),
        _ => null,
    };

    private static TextValue Text(string text, string typeName) => new(Encoding.UTF8.GetBytes(text), typeName);
}
