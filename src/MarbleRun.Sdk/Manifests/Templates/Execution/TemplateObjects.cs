using MarbleRun.Manifests.Templates.Functions;

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

    private static SecretValue From(TemplateSecret credential) =>
        new(new TemplateSecret { Certificate = credential.Certificate, Public = credential.Public, Private = credential.Private });
}
