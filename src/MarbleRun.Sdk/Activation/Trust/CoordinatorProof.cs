using System.Security.Cryptography.X509Certificates;

namespace MarbleRun.Activation.Trust;

/// <summary>The data that a Coordinator proved: accepted evidence covers every member.</summary>
/// <param name="Root">The deployment's root certificate.</param>
/// <param name="Intermediate">The certificate that the root issued for the key of the mesh port.</param>
/// <param name="ManifestFingerprint">SHA-256 of the manifest in force, lower-case hex.</param>
internal sealed record CoordinatorProof(X509Certificate2 Root, X509Certificate2 Intermediate, string ManifestFingerprint)
{
    /// <summary>The owners' signatures that the Coordinator sent, as a file; they are not verified.</summary>
    public ReadOnlyMemory<byte> OwnerSignatures { get; init; }

    /// <summary>
    /// The entry of the manifest's <c>Coordinators</c> that the evidence fits; null if it fits a package of the Marble's own trust.
    /// </summary>
    public ListedCoordinator? Listed { get; init; }
}
