namespace MarbleRun.Manifests;

/// <summary>Whether an owner signed a manifest, and why not.</summary>
/// <param name="Outcome">The kind of answer, for programs to switch on.</param>
/// <param name="Message">One or two sentences for people: what was looked for, what was found, what to do.</param>
/// <param name="Signature">
/// The signature that decided: when accepted, of those that are good the one with the highest sequence; else the nearest miss, or null.
/// </param>
public sealed record ManifestSignatureVerdict(ManifestSignatureOutcome Outcome, string Message, ManifestSignature? Signature)
{
    /// <summary>Whether an owner signed the manifest.</summary>
    public bool IsAccepted => Outcome == ManifestSignatureOutcome.Accepted;
}
