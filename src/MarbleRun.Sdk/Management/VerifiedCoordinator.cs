using System.Security.Cryptography.X509Certificates;
using MarbleRun.Attestation;

namespace MarbleRun.Management;

/// <summary>A Coordinator whose quote was accepted: it runs the expected code, and holds the keys of these certificates.</summary>
public sealed class VerifiedCoordinator
{
    internal VerifiedCoordinator(Uri address, X509Certificate2 root, X509Certificate2 intermediate, Verdict verdict)
    {
        Address = address;
        Root = root;
        Intermediate = intermediate;
        Verdict = verdict;
    }

    /// <summary>The client address, <c>https://host:port/</c>.</summary>
    public Uri Address { get; }

    /// <summary>The root certificate, which the quote vouches for. Further connections accept only this certificate.</summary>
    public X509Certificate2 Root { get; }

    /// <summary>
    /// The intermediate certificate, issued by the root; it issues the Marbles' certificates until the next update of the manifest.
    /// </summary>
    public X509Certificate2 Intermediate { get; }

    /// <summary>The verdict about the quote: accepted, with the claims.</summary>
    public Verdict Verdict { get; }
}
