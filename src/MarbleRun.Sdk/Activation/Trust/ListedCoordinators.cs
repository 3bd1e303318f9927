using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Attestation;
using MarbleRun.Identity;
using MarbleRun.Manifests;
using MarbleRun.Manifests.Reading;

namespace MarbleRun.Activation.Trust;

/// <summary>
/// Finds the code that a Marble which already belongs to a deployment accepts as its Coordinator, besides the code that its own trust
/// names: what the newest trust list of the deployment says, if its manifest has an owner's signature where the trust requires one.
/// </summary>
/// <param name="former">The identity that is renewed: its deployment, and the trust list that it received last.</param>
/// <param name="owner">Verifies the owners' signatures.</param>
/// <param name="readSignatures">Returns the signatures that the host has, as a file; empty if it has no signatures.</param>
internal sealed class ListedCoordinators(MarbleIdentity former, OwnerCheck owner, Func<byte[]> readSignatures)
{
    /// <summary>Returns the code, or the reason why no code is listed.</summary>
    /// <param name="root">The root certificate that the Coordinator's evidence covers.</param>
    /// <param name="listed">The code.</param>
    /// <param name="reason">The reason, as a clause that follows "its code is not trusted, and".</param>
    public bool TryFind(
        X509Certificate2 root,
        out ImmutableArray<ListedCoordinator> listed,
        [NotNullWhen(false)] out string? reason)
    {
        listed = [];
        if (!former.Trust.IsOf(root))
        {
            reason = "it is not of the deployment that this Marble belongs to";
            return false;
        }

        if (former.Trust.Current?.Listed is not { } list)
        {
            reason = "the deployment lists no other Coordinators";
            return false;
        }

        // The deployment's root signed the list, but the holder of that key must not be able to name a Coordinator without an owner.
        string fingerprint = Manifest.ComputeFingerprint(list.Manifest.Span);
        if (owner.FindFault(fingerprint, list.OwnerSignatures) is { } fault && owner.FindFault(fingerprint, readSignatures()) is not null)
        {
            reason = $"the manifest that lists other Coordinators is not used: {fault.TrimEnd('.')}";
            return false;
        }

        if (!ManifestParser.TryParse(list.Manifest.Span, out Manifest? manifest, out _))
        {
            reason = "the manifest that lists other Coordinators cannot be read by this version of the SDK";
            return false;
        }

        listed = [.. manifest.Coordinators
            .Where(c => IdentifiesCoordinator(c.Value))
            .Take(Manifest.MaxCoordinators)
            .Select(c => new ListedCoordinator(c.Key, c.Value, fingerprint))];
        reason = listed.IsEmpty ? "the manifest of the deployment lists no usable Coordinator" : null;
        return reason is null;
    }

    /// <summary>As the checks of a manifest require; a hostile Coordinator makes none.</summary>
    private static bool IdentifiesCoordinator(PackageProperties code) =>
        !code.Debug && code.PinsCode && code.Tdx is not { PinsSystem: false };
}
