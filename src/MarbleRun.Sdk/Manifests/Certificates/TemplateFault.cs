namespace MarbleRun.Manifests.Certificates;

/// <summary>The reason why no certificate can be issued from a template.</summary>
/// <param name="Member">The member of <c>Cert</c>; null if the text is that of MarbleRun 1.9.</param>
/// <param name="Text">What is wrong.</param>
/// <param name="Remedy">What to do; null if the text contains it.</param>
internal sealed record TemplateFault(string? Member, string Text, string? Remedy = null)
{
    /// <summary>Returns the fault of a secret's template as text.</summary>
    public string Describe(string secret) => Member is null ? Text : $"secret {secret}: Cert.{Member} {Text}";
}
