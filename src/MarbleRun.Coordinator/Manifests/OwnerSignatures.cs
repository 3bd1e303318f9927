using System.Collections.Immutable;
using MarbleRun.Manifests.Signatures;

namespace MarbleRun.Coordinator.Manifests;

/// <summary>
/// What becomes of owners' signatures that come for a manifest. Of each key one is kept, the one with the highest sequence.
/// </summary>
internal static class OwnerSignatures
{
    /// <summary>Verifies all; the first that is invalid ends it, so that a caller without rights costs one verification.</summary>
    /// <exception cref="ManifestRefusedException">One is of another manifest, or not by the key that it names.</exception>
    public static void Require(IEnumerable<ManifestSignature> given, string fingerprint)
    {
        foreach (ManifestSignature signature in given)
        {
            if (!string.Equals(signature.ManifestFingerprint, fingerprint, StringComparison.Ordinal))
            {
                throw new ManifestRefusedException(
                    $"the owner's signature by key {signature.Key.Fingerprint} is for the manifest {signature.ManifestFingerprint}, not "
                    + $"for {fingerprint}");
            }

            if (!signature.IsGenuine())
            {
                throw new ManifestRefusedException(
                    $"the owner's signature that names key {signature.Key.Fingerprint} is not by that key, or its fields were changed; "
                    + $"sign the manifest again");
            }
        }
    }

    /// <summary>Those that are there, and what was given in the place of older ones of the same keys.</summary>
    /// <exception cref="ManifestRefusedException">They are too many.</exception>
    public static ImmutableArray<ManifestSignature> Merge(ImmutableArray<ManifestSignature> kept, IEnumerable<ManifestSignature> given)
    {
        ImmutableArray<ManifestSignature>.Builder all = kept.ToBuilder();
        foreach (ManifestSignature signature in given)
        {
            int place = all.FindIndex(known => known.Key.Equals(signature.Key));
            if (place < 0)
            {
                all.Add(signature);
            }
            else if (signature.Sequence > all[place].Sequence)
            {
                all[place] = signature;
            }
        }

        return all.Count <= ManifestSignature.MaxCount
            ? all.DrainToImmutable()
            : throw new ManifestRefusedException(
                $"a manifest has the signatures of {ManifestSignature.MaxCount} owners at most, and these would be {all.Count}");
    }

    /// <summary>What the audit trail says of them, if there are any.</summary>
    public static (string Name, string Value)[] Detail(IReadOnlyCollection<ManifestSignature> signatures) =>
        signatures.Count == 0 ? [] : [("ownerKeys", Keys(signatures))];

    public static string Keys(IEnumerable<ManifestSignature> signatures) => string.Join(", ", signatures.Select(s => s.Key.Fingerprint));

    private static int FindIndex(this ImmutableArray<ManifestSignature>.Builder all, Predicate<ManifestSignature> matches)
    {
        for (int i = 0; i < all.Count; i++)
        {
            if (matches(all[i]))
            {
                return i;
            }
        }

        return -1;
    }
}
