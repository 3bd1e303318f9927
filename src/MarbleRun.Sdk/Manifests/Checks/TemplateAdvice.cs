using MarbleRun.Manifests.Templates;

namespace MarbleRun.Manifests.Checks;

/// <summary>What to do about a fault of a template, for the faults that are made most.</summary>
internal static class TemplateAdvice
{
    /// <summary>A sentence, or null where the fault says it all.</summary>
    public static string? For(string fault, TemplateTarget target)
    {
        if (fault.EndsWith("function \"raw\" not defined", StringComparison.Ordinal) && target == TemplateTarget.Environment)
        {
            return "Only files have raw; a variable has hex and base64, and string for a plain secret.";
        }

        if (fault.EndsWith("function \"string\" not defined", StringComparison.Ordinal) && target == TemplateTarget.File)
        {
            return "Only environment variables have string; a file has raw.";
        }

        return fault switch
        {
            _ when fault.EndsWith("invalid secret type for pem encoding", StringComparison.Ordinal) => "Name a part of the secret: .Cert, .Public or .Private.",
            _ when fault.EndsWith("secret does not exist", StringComparison.Ordinal) => "Add it to Secrets.",
            _ when fault.EndsWith("tried to parse secret with empty value", StringComparison.Ordinal) => "A secret of this type has no such part, or the manifest has no secret of this name.",
            _ => null,
        };
    }
}
