using MarbleRun.Attestation;

namespace MarbleRun.Activation.Trust;

/// <summary>Code that may act as the Coordinator of the deployment that a Marble belongs to.</summary>
/// <param name="Name">Its name in the manifest's <c>Coordinators</c>.</param>
/// <param name="Code">The code.</param>
/// <param name="ManifestFingerprint">SHA-256 of that manifest, lower-case hex.</param>
internal sealed record ListedCoordinator(string Name, PackageProperties Code, string ManifestFingerprint);
