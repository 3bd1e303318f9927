using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace MarbleRun.Manifests;

/// <summary>
/// An owner's word that a manifest is the owner's. It stands beside the manifest, not in it, and says nothing of who may set it.
/// Everything but the signature itself is signed: see <see cref="GetStatement"/>.
/// </summary>
public sealed class ManifestSignature
{
    /// <summary>How many signatures of one manifest are kept and read at most: 16.</summary>
    public const int MaxCount = 16;

    /// <summary>The highest sequence: 2^53 - 1, which every reader of JSON reads as the same number.</summary>
    public const ulong MaxSequence = (1UL << 53) - 1;

    /// <summary>The longest signature, in bytes: 1,024.</summary>
    public const int MaxSignatureLength = 1024;

    internal const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss'Z'";

    private readonly byte[] _signature;

    /// <summary>Puts a signature together that was made elsewhere, for instance by a device that holds the key. Not verified.</summary>
    /// <param name="key">The owner's key.</param>
    /// <param name="manifestFingerprint">SHA-256 of the manifest's bytes, 64 hexadecimal digits in lower case.</param>
    /// <param name="sequence">A number that the owner raises with every manifest, up to <see cref="MaxSequence"/>.</param>
    /// <param name="notAfter">The end, or null; fractions of a second are dropped.</param>
    /// <param name="signature">The signature over <see cref="GetStatement"/>: ECDSA in DER (RFC 3279, 2.2.3), or RSASSA-PSS.</param>
    /// <exception cref="ArgumentException">The fingerprint is none, the sequence too high, or the signature empty or too long.</exception>
    public ManifestSignature(
        OwnerKey key, string manifestFingerprint, ulong sequence, DateTimeOffset? notAfter, ReadOnlySpan<byte> signature)
    {
        ArgumentNullException.ThrowIfNull(key);
        DemandFields(manifestFingerprint, sequence);
        if (signature.IsEmpty || signature.Length > MaxSignatureLength)
        {
            throw new ArgumentException($"A signature has 1 to {MaxSignatureLength} bytes.", nameof(signature));
        }

        Key = key;
        ManifestFingerprint = manifestFingerprint;
        Sequence = sequence;
        NotAfter = WholeSeconds(notAfter);
        _signature = signature.ToArray();
    }

    /// <summary>Who signed, as the signature says.</summary>
    public OwnerKey Key { get; }

    /// <summary>What was signed: SHA-256 of the manifest's bytes, 64 hexadecimal digits in lower case.</summary>
    public string ManifestFingerprint { get; }

    /// <summary>A number that the owner raises with every manifest: who knows a newer one refuses the older.</summary>
    public ulong Sequence { get; }

    /// <summary>When the owner's word ends, UTC in whole seconds and still good in that second; null if it does not end.</summary>
    public DateTimeOffset? NotAfter { get; }

    /// <summary>The signature: ECDSA in DER, or RSASSA-PSS.</summary>
    public ReadOnlyMemory<byte> Signature => _signature;

    /// <summary>Signs a manifest.</summary>
    /// <param name="manifestFingerprint">SHA-256 of the manifest's bytes, as <see cref="Manifest.ComputeFingerprint"/> gives it.</param>
    /// <param name="key">The owner's private key: <see cref="ECDsa"/> or <see cref="RSA"/>.</param>
    /// <param name="sequence">A number that the owner raises with every manifest, up to <see cref="MaxSequence"/>.</param>
    /// <param name="notAfter">The end, or null; fractions of a second are dropped.</param>
    /// <exception cref="ArgumentException">The key cannot be an owner's, the fingerprint is none, or the sequence too high.</exception>
    /// <exception cref="CryptographicException">The key has no private half, or does not sign.</exception>
    public static ManifestSignature Sign(
        string manifestFingerprint, AsymmetricAlgorithm key, ulong sequence, DateTimeOffset? notAfter = null)
    {
        OwnerKey owner = OwnerKey.Of(key);
        byte[] statement = GetStatement(owner, manifestFingerprint, sequence, notAfter);
        return new ManifestSignature(owner, manifestFingerprint, sequence, notAfter, owner.Sign(key, statement));
    }

    /// <summary>
    /// The bytes that are signed: five lines of ASCII, each ended by one line feed, as <c>docs/manifest-signatures.md</c> has them.
    /// </summary>
    /// <param name="key">The owner's key.</param>
    /// <param name="manifestFingerprint">SHA-256 of the manifest's bytes, 64 hexadecimal digits in lower case.</param>
    /// <param name="sequence">The number, up to <see cref="MaxSequence"/>.</param>
    /// <param name="notAfter">The end, or null; fractions of a second are dropped.</param>
    /// <exception cref="ArgumentException">The fingerprint is none, or the sequence too high.</exception>
    public static byte[] GetStatement(OwnerKey key, string manifestFingerprint, ulong sequence, DateTimeOffset? notAfter)
    {
        ArgumentNullException.ThrowIfNull(key);
        DemandFields(manifestFingerprint, sequence);

        // The first line is as long as the random number that a TLS client chooses, so that no key of a TLS server signs it by accident.
        string number = sequence.ToString(CultureInfo.InvariantCulture);
        return Encoding.ASCII.GetBytes(
            "marblerun manifest signature v1\n"
            + $"manifest-sha256 {manifestFingerprint}\n"
            + $"sequence {number}\n"
            + $"not-after {FormatTime(notAfter) ?? "never"}\n"
            + $"key-sha256 {key.Fingerprint}\n");
    }

    /// <summary>
    /// Whether the signature is the key's, over these very fields. Whose key it is, and whether the fields are good, is for the caller to ask.
    /// </summary>
    public bool IsGenuine() => Key.IsSignature(GetStatement(Key, ManifestFingerprint, Sequence, NotAfter), _signature);

    /// <summary>Writes it as an entry of a file of signatures.</summary>
    /// <param name="json">Where to; it expects a value.</param>
    public void WriteTo(Utf8JsonWriter json)
    {
        ArgumentNullException.ThrowIfNull(json);
        ManifestSignatureJson.Write(json, this);
    }

    /// <summary>Key, sequence and end.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"sequence {Sequence}, {(FormatTime(NotAfter) is { } end ? $"until {end}" : "without an end")}, by key {Key.Fingerprint}");

    internal static string? FormatTime(DateTimeOffset? time) => WholeSeconds(time)?.ToString(TimeFormat, CultureInfo.InvariantCulture);

    internal static DateTimeOffset? WholeSeconds(DateTimeOffset? time) =>
        time is { } value ? DateTimeOffset.FromUnixTimeSeconds(value.ToUnixTimeSeconds()) : null;

    private static void DemandFields(string manifestFingerprint, ulong sequence)
    {
        ArgumentNullException.ThrowIfNull(manifestFingerprint);
        if (manifestFingerprint.Length != 2 * SHA256.HashSizeInBytes || !manifestFingerprint.All(char.IsAsciiHexDigitLower))
        {
            throw new ArgumentException(
                "A manifest's fingerprint is SHA-256: 64 hexadecimal digits in lower case.", nameof(manifestFingerprint));
        }

        if (sequence > MaxSequence)
        {
            throw new ArgumentOutOfRangeException(nameof(sequence), sequence, $"A sequence is {MaxSequence} at most.");
        }
    }
}
