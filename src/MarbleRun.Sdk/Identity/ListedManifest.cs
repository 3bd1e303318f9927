namespace MarbleRun.Identity;

/// <summary>
/// A manifest that lists the Coordinators of the deployment, from a list that the deployment's root signed. It is neither read nor
/// verified: that is done when a Coordinator must be compared with it.
/// </summary>
/// <param name="Manifest">The manifest, as it was set.</param>
/// <param name="OwnerSignatures">The owners' signatures, as a file; empty if there are no signatures.</param>
internal sealed record ListedManifest(ReadOnlyMemory<byte> Manifest, ReadOnlyMemory<byte> OwnerSignatures);
