using MarbleRun.Manifests.Templates;

namespace MarbleRun.Manifests.Checks;

/// <summary>The remedies for the most common faults of templates.</summary>
internal static class TemplateAdvice
{
    /// <summary>Returns the remedy, or null if the fault is self-explanatory.</summary>
    public static string? For(TemplateFaultKind kind) => kind switch
    {
        TemplateFaultKind.RawInVariable => "Only files have raw; a variable has hex and base64, and string for a plain secret.",
        TemplateFaultKind.StringInFile => "Only environment variables have string; a file has raw.",
        TemplateFaultKind.WholeSecretAsPem => "Name a part of the secret: .Cert, .Public or .Private.",
        TemplateFaultKind.MissingSecret => "Add it to Secrets.",
        TemplateFaultKind.EmptySecret => "A secret of this type has no such part, or the manifest has no secret of this name.",
        _ => null,
    };
}
