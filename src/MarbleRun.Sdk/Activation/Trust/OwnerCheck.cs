using System.Collections.Immutable;
using MarbleRun.Manifests.Signatures;

namespace MarbleRun.Activation.Trust;

/// <summary>
/// Requires that an owner signed the manifest that the Coordinator vouches for. Without this, the Marble would accept the genuine
/// Coordinator with the manifest of an unknown party.
/// </summary>
internal sealed class OwnerCheck(
    CoordinatorAddresses address, CoordinatorTrust trust, CoordinatorRequirements requirements, TimeProvider timeProvider)
{
    private readonly ulong _minimum = Math.Max(trust.MinimumSequence, (ulong)Math.Max(requirements.MinimumSequence, 0));
    private readonly ImmutableArray<string> _required =
        [.. requirements.OwnerKeys.Select(k => k.Replace(":", string.Empty, StringComparison.Ordinal).ToLowerInvariant())];

    public bool IsNeeded => trust.OwnerKeys.Count > 0 || _required.Length > 0 || _minimum > 0;

    /// <summary>Whether an owner signed that manifest, if that is required.</summary>
    /// <param name="manifestFingerprint">The fingerprint that the Coordinator vouches for: SHA-256, lower-case hex.</param>
    /// <param name="signatures">A file of signatures, or empty.</param>
    public bool IsSatisfied(string manifestFingerprint, ReadOnlyMemory<byte> signatures) =>
        FindFault(manifestFingerprint, signatures) is null;

    /// <summary>Throws unless an owner signed that manifest, if that is required.</summary>
    /// <param name="manifestFingerprint">The fingerprint that the Coordinator vouches for: SHA-256, lower-case hex.</param>
    /// <param name="signatures">A file of signatures, or empty.</param>
    /// <exception cref="MarbleActivationException">No owner signed that manifest, or the signature is not valid today.</exception>
    public void ThrowIfUnsigned(string manifestFingerprint, ReadOnlyMemory<byte> signatures)
    {
        if (FindFault(manifestFingerprint, signatures) is { } fault)
        {
            throw Refuse(fault);
        }
    }

    /// <summary>Returns why no owner's signature of that manifest is accepted; null if one is, or none is required.</summary>
    /// <param name="manifestFingerprint">The fingerprint of the manifest: SHA-256, lower-case hex.</param>
    /// <param name="signatures">A file of signatures, or empty.</param>
    public string? FindFault(string manifestFingerprint, ReadOnlyMemory<byte> signatures)
    {
        if (!IsNeeded)
        {
            return null;
        }

        ImmutableArray<ManifestSignature> read = [];
        if (!signatures.IsEmpty && !ManifestSignatures.TryParse(signatures, out read, out string? fault))
        {
            return $"the owners' signatures of the Coordinator cannot be read: {PeerText.Clean(fault)}";
        }

        ManifestSignatureVerdict verdict = ManifestSignatures.Verify(
            read, manifestFingerprint, Owners(read), _minimum, timeProvider.GetUtcNow());
        return verdict.IsAccepted ? null : $"no owner signed its manifest. {verdict.Message}";
    }

    /// <summary>
    /// The accepted keys. If the measured trust has no keys, the keys that the host names are taken from the signatures themselves.
    /// </summary>
    private ImmutableArray<OwnerKey> Owners(ImmutableArray<ManifestSignature> signatures)
    {
        IEnumerable<OwnerKey> known = trust.OwnerKeys.Count == 0 ? signatures.Select(s => s.Key).Distinct() : trust.OwnerKeys;
        return [.. known.Where(k => _required.IsEmpty || _required.Contains(k.Fingerprint))];
    }

    private MarbleActivationException Refuse(string what) => Untrusted.Refuse(
        address,
        what.TrimEnd('.'),
        "Anyone can run the genuine Coordinator with their own manifest: continue only if the owner signed the manifest that is in force "
        + "here.");
}
