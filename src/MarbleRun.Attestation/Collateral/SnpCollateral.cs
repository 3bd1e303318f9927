namespace MarbleRun.Attestation.Collateral;

/// <summary>
/// The certificates that a report is judged by. They come from AMD's Key Distribution Service, the host or a file; none is believed before
/// it is checked. A member that is null is not there; an empty certificate counts as not there.
/// </summary>
public sealed record SnpCollateral
{
    /// <summary>The certificate of the key that signed the report (VCEK or VLEK), DER.</summary>
    public ReadOnlyMemory<byte>? Vek { get; init; }

    /// <summary>The intermediate CA: ASK for a VCEK, ASVK for a VLEK, DER.</summary>
    public ReadOnlyMemory<byte>? Ask { get; init; }

    /// <summary>The root (ARK), DER. If it is not there, the trusted root that issued <see cref="Ask"/> takes its place.</summary>
    public ReadOnlyMemory<byte>? Ark { get; init; }

    /// <summary>The revocation list of the root, DER: shows which intermediate CAs are revoked.</summary>
    public ReadOnlyMemory<byte>? RevocationList { get; init; }
}
