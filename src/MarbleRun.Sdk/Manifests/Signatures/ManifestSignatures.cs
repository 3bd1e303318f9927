using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace MarbleRun.Manifests.Signatures;

/// <summary>Reads and writes files of manifest signatures, and checks whether an owner's signature is among them.</summary>
public static class ManifestSignatures
{
    /// <summary>The longest accepted file, in bytes: 64 KiB.</summary>
    public const int MaxLength = 64 * 1024;

    /// <summary>Reads a file of signatures. They are not verified.</summary>
    /// <param name="utf8Json">The file: JSON in UTF-8 as written by <see cref="Write"/>, at most <see cref="MaxLength"/> bytes.</param>
    /// <exception cref="FormatException">It is not a file of signatures; the message has the reason.</exception>
    public static ImmutableArray<ManifestSignature> Parse(ReadOnlyMemory<byte> utf8Json) =>
        TryParse(utf8Json, out ImmutableArray<ManifestSignature> signatures, out string? fault)
            ? signatures
            : throw new FormatException(fault);

    /// <summary>Reads a file of signatures without throwing. They are not verified.</summary>
    /// <param name="utf8Json">The file, as for <see cref="Parse"/>.</param>
    /// <param name="signatures">The signatures, at most <see cref="ManifestSignature.MaxCount"/>; empty if the file is invalid.</param>
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
            ? throw new ArgumentException($"A manifest has at most {ManifestSignature.MaxCount} signatures.", nameof(signatures))
            : ManifestSignatureJson.Write(signatures);
    }

    /// <summary>Checks whether one of the owners signed a manifest. Invalid signatures do not cause an exception.</summary>
    /// <param name="signatures">The signatures; only the first <see cref="ManifestSignature.MaxCount"/> are checked.</param>
    /// <param name="manifestFingerprint">The manifest: SHA-256 of its bytes, 64 lower-case hexadecimal digits.</param>
    /// <param name="owners">The keys of which one must have signed.</param>
    /// <param name="minimumSequence">The lowest accepted sequence number; 0 accepts all.</param>
    /// <param name="now">The time for the check of expiry.</param>
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

        // Of several results, the one that passed the most checks is reported.
        return signatures
            .Take(ManifestSignature.MaxCount)
            .Select(signature => Judge(signature, manifestFingerprint, owners, minimumSequence, now))
            .OrderByDescending(verdict => verdict.IsAccepted)
            .ThenByDescending(verdict => verdict.Outcome)
            .ThenByDescending(verdict => verdict.Signature!.Sequence)
            .FirstOrDefault(new ManifestSignatureVerdict(
                ManifestSignatureOutcome.Missing,
                $"The manifest {manifestFingerprint} has no owner's signature. "
                + "Create one with \"marblerun manifest sign\" and send it to the Coordinator.",
                null));
    }

    private static ManifestSignatureVerdict Judge(
        ManifestSignature signature, string fingerprint, IReadOnlyCollection<OwnerKey> owners, ulong minimumSequence, DateTimeOffset now)
    {
        if (!owners.Contains(signature.Key))
        {
            return Refuse(
                ManifestSignatureOutcome.UnknownKey,
                $"The manifest {fingerprint} is signed by the key {signature.Key.Fingerprint}, which is not among the owners' keys "
                + $"({Names(owners)}).");
        }

        if (!string.Equals(signature.ManifestFingerprint, fingerprint, StringComparison.Ordinal))
        {
            return Refuse(
                ManifestSignatureOutcome.OtherManifest,
                $"The owner's signature is for the manifest {signature.ManifestFingerprint}, not for {fingerprint}. "
                + "Let the owner sign this manifest, or set the signed one.");
        }

        if (!signature.IsGenuine())
        {
            return Refuse(
                ManifestSignatureOutcome.Invalid,
                $"The signature that names the owner's key {signature.Key.Fingerprint} was not created by that key, or its fields were "
                + $"changed afterwards.");
        }

        if (signature.Sequence < minimumSequence)
        {
            return Refuse(ManifestSignatureOutcome.SequenceTooLow, string.Create(
                CultureInfo.InvariantCulture,
                $"The owner's signature has the sequence number {signature.Sequence}, and the lowest accepted one is {minimumSequence}. "
                + $"Let the owner sign again."));
        }

        return signature.NotAfter is { } end && ManifestSignature.WholeSeconds(now) > end
            ? Refuse(
                ManifestSignatureOutcome.Expired,
                $"The owner's signature expired at {ManifestSignature.FormatTime(end)}, and the clock of this machine says "
                + $"{ManifestSignature.FormatTime(now)}. "
                + "Let the owner sign again, or set the clock.")
            : new ManifestSignatureVerdict(
                ManifestSignatureOutcome.Accepted, $"The owner signed the manifest {fingerprint}: {signature}.", signature);

        ManifestSignatureVerdict Refuse(ManifestSignatureOutcome outcome, string message) => new(outcome, message, signature);
    }

    private static string Names(IReadOnlyCollection<OwnerKey> owners) =>
        owners.Count == 0 ? "none" : string.Join(", ", owners.Select(o => o.Fingerprint));
}
