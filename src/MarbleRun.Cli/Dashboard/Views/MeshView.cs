using MarbleRun.Management;
using MarbleRun.Manifests;

namespace MarbleRun.Cli.Dashboard.Views;

/// <summary>The manifest in force, which the verified root signed.</summary>
/// <param name="Signed">Its bytes and fingerprint.</param>
/// <param name="Manifest">The parsed manifest.</param>
/// <param name="Graph">Who may talk to whom.</param>
internal sealed record MeshView(SignedManifest Signed, Manifest Manifest, MeshGraph Graph);
