namespace MarbleRun.Manifests.Certificates;

/// <summary>Why no certificate can be issued from a template.</summary>
/// <param name="Member">The member of <c>Cert</c>; null where the fault is told in the words of MarbleRun 1.9.</param>
/// <param name="Text">What is wrong.</param>
/// <param name="Remedy">What to do; null where the text says it.</param>
internal sealed record TemplateFault(string? Member, string Text, string? Remedy = null)
{
    /// <summary>The fault of a secret's template.</summary>
    public string Describe(string secret) => Member is null ? Text : $"secret {secret}: Cert.{Member} {Text}";
}
