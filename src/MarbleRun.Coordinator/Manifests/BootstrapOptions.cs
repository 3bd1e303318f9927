using System.ComponentModel.DataAnnotations;

namespace MarbleRun.Coordinator.Manifests;

/// <summary>
/// Who may set the first manifest, and which one: configuration section <c>Coordinator:Bootstrap</c>. What is set must hold together; where
/// nothing is, any caller may set the first manifest. It also counts where a manifest begins afresh
/// (<see cref="CoordinatorOptions.StartAfresh"/>).
/// </summary>
public sealed class BootstrapOptions
{
    /// <summary>
    /// A PEM file with the certificate of the one who may set the first manifest; the first certificate in it counts. Its chain and its end
    /// do not: it is compared byte for byte with the client certificate of the connection. Not set by default.
    /// </summary>
    public string? CertificatePath { get; set; }

    /// <summary>The same by SHA-256 of that certificate (DER), 64 hexadecimal digits; colons are skipped. Not set by default.</summary>
    public string? CertificateFingerprint { get; set; }

    /// <summary>
    /// SHA-256 of the only manifest that may be set first, as <c>marblerun manifest check</c> and every Coordinator tell it: 64 hexadecimal
    /// digits. It counts for a startup manifest, too. Not set by default.
    /// </summary>
    public string? ManifestFingerprint { get; set; }

    /// <summary>
    /// The largest first manifest, in bytes, that is taken from a caller whom <see cref="CertificatePath"/> or
    /// <see cref="CertificateFingerprint"/> does not name, from 16,384 to 16,777,216; the default is 131,072. It has as many values as 64
    /// bytes of this fit, at most: 2,048 by default, which is a mesh of some eighty types of Marbles; and the actions of its
    /// templates have a quarter of these bytes together, at most. A startup manifest and updates are not bounded by it.
    /// </summary>
    [Range(16_384, 16_777_216)]
    public int MaxManifestSize { get; set; } = 128 * 1024;

    internal bool NamesCertificate => !string.IsNullOrEmpty(CertificatePath) || !string.IsNullOrEmpty(CertificateFingerprint);

    internal bool NamesManifest => !string.IsNullOrEmpty(ManifestFingerprint);

    /// <summary>A fingerprint as it is compared: lower case, without colons.</summary>
    internal static string Normalize(string fingerprint) =>
        fingerprint.Replace(":", string.Empty, StringComparison.Ordinal).ToLowerInvariant();
}
