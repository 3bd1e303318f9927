using System.Security.Cryptography.X509Certificates;
using MarbleRun.Attestation;

namespace MarbleRun.Management;

/// <summary>A Coordinator whose quote was accepted: it runs the expected code, and holds the keys of these certificates.</summary>
public sealed class VerifiedCoordinator
{
    internal VerifiedCoordinator(Uri address, CoordinatorEvidence evidence, Verdict verdict)
    {
        Address = address;
        Evidence = evidence;
        Verdict = verdict;
    }

    /// <summary>The client address, <c>https://host:port/</c>.</summary>
    public Uri Address { get; }

    /// <summary>The root certificate, which the quote vouches for. Further connections accept only this certificate.</summary>
    public X509Certificate2 Root => Evidence.Root;

    /// <summary>
    /// The intermediate certificate, issued by the root; it issues the Marbles' certificates until the next update of the manifest.
    /// </summary>
    public X509Certificate2 Intermediate => Evidence.Intermediate;

    /// <summary>The evidence that was verified: the quote, as the platform created it, and the certificates.</summary>
    public CoordinatorEvidence Evidence { get; }

    /// <summary>The verdict about the quote: accepted, with the claims.</summary>
    public Verdict Verdict { get; }
}
