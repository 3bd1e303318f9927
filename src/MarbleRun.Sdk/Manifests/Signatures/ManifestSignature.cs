using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace MarbleRun.Manifests.Signatures;

/// <summary>
/// An owner's statement that a manifest belongs to the owner. It is separate from the manifest, and does not specify who can set it.
/// Everything except the signature itself is signed: see <see cref="GetStatement"/>.
/// </summary>
public sealed class ManifestSignature
{
    /// <summary>The largest number of signatures of one manifest that are kept and read: 16.</summary>
    public const int MaxCount = 16;

    /// <summary>The highest sequence number: 2^53 - 1, which every JSON reader reads as the same number.</summary>
    public const ulong MaxSequence = (1UL << 53) - 1;

    /// <summary>The longest signature, in bytes: 1,024.</summary>
    public const int MaxSignatureLength = 1024;

    internal const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss'Z'";

    private readonly byte[] _signature;

    /// <summary>
    /// Creates an instance from a signature that was created elsewhere, for instance by a device that holds the key. It is not verified.
    /// </summary>
    /// <param name="key">The owner's key.</param>
    /// <param name="manifestFingerprint">SHA-256 of the manifest's bytes, 64 lower-case hexadecimal digits.</param>
    /// <param name="sequence">A number that the owner raises with every manifest, up to <see cref="MaxSequence"/>.</param>
    /// <param name="notAfter">The end, or null; fractions of a second are dropped.</param>
    /// <param name="signature">The signature over <see cref="GetStatement"/>: ECDSA in DER (RFC 3279, 2.2.3), or RSASSA-PSS.</param>
    /// <exception cref="ArgumentException">
    /// The fingerprint is invalid, the sequence number too high, or the signature empty or too long.
    /// </exception>
    public ManifestSignature(
        OwnerKey key, string manifestFingerprint, ulong sequence, DateTimeOffset? notAfter, ReadOnlySpan<byte> signature)
    {
        ArgumentNullException.ThrowIfNull(key);
        ThrowIfInvalid(manifestFingerprint, sequence);
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

    /// <summary>The signer's key, according to the signature.</summary>
    public OwnerKey Key { get; }

    /// <summary>The signed manifest: SHA-256 of its bytes, 64 lower-case hexadecimal digits.</summary>
    public string ManifestFingerprint { get; }

    /// <summary>A number that the owner raises with every manifest: a verifier that knows a higher number refuses a lower one.</summary>
    public ulong Sequence { get; }

    /// <summary>The end of the signature's validity, UTC in whole seconds and still valid in that second; null for no end.</summary>
    public DateTimeOffset? NotAfter { get; }

    /// <summary>The signature: ECDSA in DER, or RSASSA-PSS.</summary>
    public ReadOnlyMemory<byte> Signature => _signature;

    /// <summary>Signs a manifest.</summary>
    /// <param name="manifestFingerprint">SHA-256 of the manifest's bytes, as returned by <see cref="Manifest.ComputeFingerprint"/>.</param>
    /// <param name="key">The owner's private key: <see cref="ECDsa"/> or <see cref="RSA"/>.</param>
    /// <param name="sequence">A number that the owner raises with every manifest, up to <see cref="MaxSequence"/>.</param>
    /// <param name="notAfter">The end, or null; fractions of a second are dropped.</param>
    /// <exception cref="ArgumentException">
    /// The key cannot be an owner's key, the fingerprint is invalid, or the sequence number too high.
    /// </exception>
    /// <exception cref="CryptographicException">The key has no private part, or cannot sign.</exception>
    public static ManifestSignature Sign(
        string manifestFingerprint, AsymmetricAlgorithm key, ulong sequence, DateTimeOffset? notAfter = null)
    {
        OwnerKey owner = OwnerKey.Of(key);
        byte[] statement = GetStatement(owner, manifestFingerprint, sequence, notAfter);
        return new ManifestSignature(owner, manifestFingerprint, sequence, notAfter, owner.Sign(key, statement));
    }

    /// <summary>
    /// Returns the bytes that are signed: five lines of ASCII, each ended by one line feed, as specified in
    /// <c>docs/manifest-signatures.md</c>.
    /// </summary>
    /// <param name="key">The owner's key.</param>
    /// <param name="manifestFingerprint">SHA-256 of the manifest's bytes, 64 lower-case hexadecimal digits.</param>
    /// <param name="sequence">The sequence number, up to <see cref="MaxSequence"/>.</param>
    /// <param name="notAfter">The end, or null; fractions of a second are dropped.</param>
    /// <exception cref="ArgumentException">The fingerprint is invalid, or the sequence number too high.</exception>
    public static byte[] GetStatement(OwnerKey key, string manifestFingerprint, ulong sequence, DateTimeOffset? notAfter)
    {
        ArgumentNullException.ThrowIfNull(key);
        ThrowIfInvalid(manifestFingerprint, sequence);

        // The first line is as long as the random number in a TLS handshake, so that the key of a TLS server cannot sign it by accident.
        string number = sequence.ToString(CultureInfo.InvariantCulture);
        return Encoding.ASCII.GetBytes(
            "marblerun manifest signature v1\n"
            + $"manifest-sha256 {manifestFingerprint}\n"
            + $"sequence {number}\n"
            + $"not-after {FormatTime(notAfter) ?? "never"}\n"
            + $"key-sha256 {key.Fingerprint}\n");
    }

    /// <summary>
    /// Whether the key created the signature over exactly these fields. The caller must check whose key it is, and whether the fields are
    /// valid.
    /// </summary>
    public bool IsGenuine() => Key.IsSignature(GetStatement(Key, ManifestFingerprint, Sequence, NotAfter), _signature);

    /// <summary>Writes the signature as an entry of a file of signatures.</summary>
    /// <param name="json">The writer; it must expect a value.</param>
    public void WriteTo(Utf8JsonWriter json)
    {
        ArgumentNullException.ThrowIfNull(json);
        ManifestSignatureJson.Write(json, this);
    }

    /// <summary>Returns key, sequence number and end.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"sequence {Sequence}, {(FormatTime(NotAfter) is { } end ? $"until {end}" : "without an end")}, by key {Key.Fingerprint}");

    internal static string? FormatTime(DateTimeOffset? time) => WholeSeconds(time)?.ToString(TimeFormat, CultureInfo.InvariantCulture);

    internal static DateTimeOffset? WholeSeconds(DateTimeOffset? time) =>
        time is { } value ? DateTimeOffset.FromUnixTimeSeconds(value.ToUnixTimeSeconds()) : null;

    private static void ThrowIfInvalid(string manifestFingerprint, ulong sequence)
    {
        ArgumentNullException.ThrowIfNull(manifestFingerprint);
        if (manifestFingerprint.Length != 2 * SHA256.HashSizeInBytes || !manifestFingerprint.All(char.IsAsciiHexDigitLower))
        {
            throw new ArgumentException(
                "A manifest's fingerprint is SHA-256: 64 hexadecimal digits in lower case.", nameof(manifestFingerprint));
        }

        if (sequence > MaxSequence)
        {
            throw new ArgumentOutOfRangeException(nameof(sequence), sequence, $"A sequence number is at most {MaxSequence}.");
        }
    }
}
