using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Identity;

namespace MarbleRun.Coordinator.State.Trust;

/// <summary>What of a Marble a revocation can name.</summary>
/// <param name="Uuid">The instance.</param>
/// <param name="MarbleType">The type.</param>
/// <param name="Measurement">Lower-case hex; null if it was admitted without evidence.</param>
/// <param name="Platform">Lower-case hex; null if the evidence does not identify the machine.</param>
/// <param name="Certificate">SHA-256 of its certificate (DER), lower-case hex; null as long as it has none.</param>
internal readonly record struct RevocableMarble(
    Guid Uuid, string MarbleType, string? Measurement = null, string? Platform = null, string? Certificate = null)
{
    /// <summary>
    /// Whether its evidence does not identify the machine, as SEV-SNP allows with MASK_CHIP_ID. While a platform is revoked, it may be that
    /// one.
    /// </summary>
    public bool HidesPlatform => Measurement is not null && Platform is null;

    /// <param name="certificate">The certificate of a Marble, verified.</param>
    /// <param name="marble">The names in it.</param>
    public static RevocableMarble Of(X509Certificate2 certificate, MarblePeer marble) => new(
        marble.Id,
        marble.MarbleType,
        marble.Measurement,
        marble.Platform,
        Convert.ToHexStringLower(SHA256.HashData(certificate.RawDataMemory.Span)));
}
