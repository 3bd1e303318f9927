namespace MarbleRun.Manifests.Signatures;

/// <summary>Whether an owner signed a manifest, and the reason if not.</summary>
/// <param name="Outcome">The outcome, for programs.</param>
/// <param name="Message">The outcome for people: what was expected, what was found, and what to do.</param>
/// <param name="Signature">
/// The decisive signature: if accepted, the valid one with the highest sequence number; otherwise the closest candidate, or null.
/// </param>
public sealed record ManifestSignatureVerdict(ManifestSignatureOutcome Outcome, string Message, ManifestSignature? Signature)
{
    /// <summary>Whether an owner signed the manifest.</summary>
    public bool IsAccepted => Outcome == ManifestSignatureOutcome.Accepted;
}
