using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace MarbleRun.Manifests;

/// <summary>Signatures of manifests as a file, and the question whether an owner's is among them.</summary>
public static class ManifestSignatures
{
    /// <summary>The longest file that is read, in bytes: 64 KiB.</summary>
    public const int MaxLength = 64 * 1024;

    /// <summary>Reads a file of signatures. They are not verified.</summary>
    /// <param name="utf8Json">The file: JSON in UTF-8 as <see cref="Write"/> makes it, at most <see cref="MaxLength"/> bytes.</param>
    /// <exception cref="FormatException">It is no file of signatures; the message says why.</exception>
    public static ImmutableArray<ManifestSignature> Parse(ReadOnlyMemory<byte> utf8Json) =>
        TryParse(utf8Json, out ImmutableArray<ManifestSignature> signatures, out string? fault)
            ? signatures
            : throw new FormatException(fault);

    /// <summary>Reads a file of signatures without throwing. They are not verified.</summary>
    /// <param name="utf8Json">The file, as for <see cref="Parse"/>.</param>
    /// <param name="signatures">The signatures, at most <see cref="ManifestSignature.MaxCount"/>; empty when it is none.</param>
    /// <param name="fault">What is wrong, or null.</param>
    public static bool TryParse(
        ReadOnlyMemory<byte> utf8Json, out ImmutableArray<ManifestSignature> signatures, [NotNullWhen(false)] out string? fault) =>
        ManifestSignatureJson.TryRead(utf8Json, out signatures, out fault);

    /// <summary>Writes signatures as a file: a JSON object whose member <c>ManifestSignatures</c> is the list.</summary>
    /// <param name="signatures">The signatures.</param>
    /// <exception cref="ArgumentException">There are more than <see cref="ManifestSignature.MaxCount"/>.</exception>
    public static byte[] Write(IReadOnlyCollection<ManifestSignature> signatures)
    {
        ArgumentNullException.ThrowIfNull(signatures);
        return signatures.Count > ManifestSignature.MaxCount
            ? throw new ArgumentException($"A manifest has {ManifestSignature.MaxCount} signatures at most.", nameof(signatures))
            : ManifestSignatureJson.Write(signatures);
    }

    /// <summary>Asks whether one of the owners signed a manifest. It never throws for what the signatures are.</summary>
    /// <param name="signatures">What is there; only the first <see cref="ManifestSignature.MaxCount"/> are looked at.</param>
    /// <param name="manifestFingerprint">The manifest in question: SHA-256 of its bytes, 64 hexadecimal digits in lower case.</param>
    /// <param name="owners">The keys of which one must have signed.</param>
    /// <param name="minimumSequence">The lowest sequence that is taken; 0 takes all.</param>
    /// <param name="now">The time by which an end is judged.</param>
    public static ManifestSignatureVerdict Verify(
        IReadOnlyList<ManifestSignature> signatures,
        string manifestFingerprint,
        IReadOnlyCollection<OwnerKey> owners,
        ulong minimumSequence,
        DateTimeOffset now)
    {
        ArgumentNullException.ThrowIfNull(signatures);
        ArgumentNullException.ThrowIfNull(manifestFingerprint);
        ArgumentNullException.ThrowIfNull(owners);

        // Of several answers the one that came furthest is the one to hear: it is the nearest miss.
        return signatures
            .Take(ManifestSignature.MaxCount)
            .Select(signature => Judge(signature, manifestFingerprint, owners, minimumSequence, now))
            .OrderByDescending(verdict => verdict.IsAccepted)
            .ThenByDescending(verdict => verdict.Outcome)
            .ThenByDescending(verdict => verdict.Signature!.Sequence)
            .FirstOrDefault(new ManifestSignatureVerdict(
                ManifestSignatureOutcome.Missing,
                $"The manifest {manifestFingerprint} has no owner's signature. "
                + "Make one with \"marblerun manifest sign\" and give it to the Coordinator.",
                null));
    }

    private static ManifestSignatureVerdict Judge(
        ManifestSignature signature, string fingerprint, IReadOnlyCollection<OwnerKey> owners, ulong minimumSequence, DateTimeOffset now)
    {
        if (!owners.Contains(signature.Key))
        {
            return Refuse(
                ManifestSignatureOutcome.UnknownKey,
                $"The manifest {fingerprint} is signed by the key {signature.Key.Fingerprint}, which is not among the owners' keys ({Names(owners)}).");
        }

        if (!string.Equals(signature.ManifestFingerprint, fingerprint, StringComparison.Ordinal))
        {
            return Refuse(
                ManifestSignatureOutcome.OtherManifest,
                $"The owner's signature is for the manifest {signature.ManifestFingerprint}, not for {fingerprint}. "
                + "Let the owner sign this one, or set the one that is signed.");
        }

        if (!signature.IsGenuine())
        {
            return Refuse(
                ManifestSignatureOutcome.Invalid,
                $"The signature that names the owner's key {signature.Key.Fingerprint} is not by that key, or its fields were changed after it was made.");
        }

        if (signature.Sequence < minimumSequence)
        {
            return Refuse(ManifestSignatureOutcome.SequenceTooLow, string.Create(
                CultureInfo.InvariantCulture,
                $"The owner's signature has the sequence {signature.Sequence}, and {minimumSequence} is the lowest that is taken. Let the owner sign again."));
        }

        return signature.NotAfter is { } end && ManifestSignature.WholeSeconds(now) > end
            ? Refuse(
                ManifestSignatureOutcome.Expired,
                $"The owner's signature ended at {ManifestSignature.FormatTime(end)}, and the clock here says {ManifestSignature.FormatTime(now)}. "
                + "Let the owner sign again, or set the clock.")
            : new ManifestSignatureVerdict(ManifestSignatureOutcome.Accepted, $"The owner signed the manifest {fingerprint}: {signature}.", signature);

        ManifestSignatureVerdict Refuse(ManifestSignatureOutcome outcome, string message) => new(outcome, message, signature);
    }

    private static string Names(IReadOnlyCollection<OwnerKey> owners) =>
        owners.Count == 0 ? "none" : string.Join(", ", owners.Select(o => o.Fingerprint));
}
