using System.Collections.Immutable;
using MarbleRun.Manifests;

namespace MarbleRun.Activation;

/// <summary>
/// Demands that an owner signed the manifest that the Coordinator vouches for. Without this, the genuine Coordinator with a stranger's manifest would be obeyed.
/// </summary>
internal sealed class OwnerCheck(Uri address, CoordinatorTrust trust, CoordinatorRequirements requirements, TimeProvider timeProvider)
{
    private readonly ulong _minimum = Math.Max(trust.MinimumSequence, (ulong)Math.Max(requirements.MinimumSequence, 0));
    private readonly ImmutableArray<string> _required = [.. requirements.OwnerKeys.Select(k => k.Replace(":", string.Empty, StringComparison.Ordinal).ToLowerInvariant())];

    public bool IsNeeded => trust.OwnerKeys.Length > 0 || _required.Length > 0 || _minimum > 0;

    /// <summary>Whether an owner signed that manifest, if that is asked for.</summary>
    /// <param name="manifestFingerprint">What the Coordinator vouches for: SHA-256, lower-case hex.</param>
    /// <param name="signatures">A file of signatures, or nothing.</param>
    public bool Stands(string manifestFingerprint, ReadOnlyMemory<byte> signatures) => FindFault(manifestFingerprint, signatures) is null;

    /// <summary>Demands it.</summary>
    /// <param name="manifestFingerprint">What the Coordinator vouches for: SHA-256, lower-case hex.</param>
    /// <param name="signatures">A file of signatures, or nothing.</param>
    /// <exception cref="MarbleActivationException">No owner signed that manifest, or not for today.</exception>
    public void Demand(string manifestFingerprint, ReadOnlyMemory<byte> signatures)
    {
        if (FindFault(manifestFingerprint, signatures) is { } fault)
        {
            throw Refuse(fault);
        }
    }

    private string? FindFault(string manifestFingerprint, ReadOnlyMemory<byte> signatures)
    {
        if (!IsNeeded)
        {
            return null;
        }

        ImmutableArray<ManifestSignature> read = [];
        if (!signatures.IsEmpty && !ManifestSignatures.TryParse(signatures, out read, out string? fault))
        {
            return $"the owners' signatures that came along cannot be read: {PeerText.Clean(fault)}";
        }

        ManifestSignatureVerdict verdict = ManifestSignatures.Verify(read, manifestFingerprint, Owners(read), _minimum, timeProvider.GetUtcNow());
        return verdict.IsAccepted ? null : $"no owner stands behind its manifest. {verdict.Message}";
    }

    /// <summary>The keys that count. If none is measured, those that the host names are found in the signatures themselves.</summary>
    private ImmutableArray<OwnerKey> Owners(ImmutableArray<ManifestSignature> signatures)
    {
        IEnumerable<OwnerKey> known = trust.OwnerKeys.IsEmpty ? signatures.Select(s => s.Key).Distinct() : trust.OwnerKeys;
        return [.. known.Where(k => _required.IsEmpty || _required.Contains(k.Fingerprint))];
    }

    private MarbleActivationException Refuse(string what) => Untrusted.Refuse(
        address,
        what.TrimEnd('.'),
        "Anybody can run the genuine Coordinator with a manifest of their own: go on only when the owner signed the manifest that is in force here.");
}
