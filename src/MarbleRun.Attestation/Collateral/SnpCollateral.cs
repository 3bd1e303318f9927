namespace MarbleRun.Attestation.Collateral;

/// <summary>
/// The certificates that verify a report. They come from AMD's Key Distribution Service, the host or a file, and all of them are checked. A
/// null member is missing; an empty certificate counts as missing.
/// </summary>
public sealed record SnpCollateral
{
    /// <summary>The certificate of the key that signed the report (VCEK or VLEK), DER.</summary>
    public ReadOnlyMemory<byte>? Vek { get; init; }

    /// <summary>The intermediate CA: ASK for a VCEK, ASVK for a VLEK, DER.</summary>
    public ReadOnlyMemory<byte>? Ask { get; init; }

    /// <summary>The root (ARK), DER. If it is missing, the trusted root that issued <see cref="Ask"/> is used.</summary>
    public ReadOnlyMemory<byte>? Ark { get; init; }

    /// <summary>The revocation list of the root, DER: shows which intermediate CAs are revoked.</summary>
    public ReadOnlyMemory<byte>? RevocationList { get; init; }
}
