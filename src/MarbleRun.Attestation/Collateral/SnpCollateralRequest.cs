using MarbleRun.Attestation.Claims;

namespace MarbleRun.Attestation.Collateral;

/// <summary>Identifies the certificates of an AMD platform.</summary>
/// <param name="SigningKey">The kind of key that signed: <see cref="SnpSigningKey.Vcek"/> or <see cref="SnpSigningKey.Vlek"/>.</param>
/// <param name="ProductLine">Milan, Genoa (with Bergamo and Siena) or Turin.</param>
/// <param name="ChipId">CHIP_ID of the report, 64 bytes, lower-case hex; empty for a VLEK, which belongs to no chip.</param>
/// <param name="ReportedTcb">REPORTED_TCB of the report (TCB_VERSION), the key's version.</param>
public sealed record SnpCollateralRequest(SnpSigningKey SigningKey, SnpProductLine ProductLine, string ChipId, ulong ReportedTcb)
{
    private const int ChipIdLength = 128;
    private const int TurinLength = 16;

    /// <summary>
    /// Whether only the issuers and their revocation list are requested, because the host provided the certificate of the key. Chip id and
    /// TCB are then empty and 0, and the answer is the same for all machines of a product line.
    /// </summary>
    public bool IssuersOnly { get; init; }

    /// <summary>Creates a request for the issuers and their revocation list only.</summary>
    /// <param name="signingKey">The kind of key that they issued.</param>
    /// <param name="productLine">Its product line.</param>
    public static SnpCollateralRequest ForIssuers(SnpSigningKey signingKey, SnpProductLine productLine) =>
        new(signingKey, productLine, string.Empty, 0) { IssuersOnly = true };

    /// <summary>The chip as AMD's service names it (hwID), lower-case hex: the chip id, for Turin its first 8 bytes.</summary>
    internal string HardwareId => ProductLine == SnpProductLine.Turin ? ChipId[..TurinLength] : ChipId;

    /// <summary>The name of the kind of key in addresses and files.</summary>
    internal string Kind => SigningKey == SnpSigningKey.Vlek ? "vlek" : "vcek";

    /// <summary>Checks the values, because addresses and file names are built from them.</summary>
    /// <exception cref="ArgumentException">A member is invalid.</exception>
    internal void ThrowIfInvalid()
    {
        bool isChip = IssuersOnly || SigningKey == SnpSigningKey.Vlek
            ? ChipId.Length == 0
            : ChipId.Length == ChipIdLength && ChipId.All(char.IsAsciiHexDigitLower);
        if (!isChip
            || SigningKey is not (SnpSigningKey.Vcek or SnpSigningKey.Vlek)
            || ProductLine is < SnpProductLine.Milan or > SnpProductLine.Turin)
        {
            throw new ArgumentException(
                "A request names VCEK with a chip id of 64 bytes in lower-case hex, or VLEK without one, and a product line.");
        }
    }
}
