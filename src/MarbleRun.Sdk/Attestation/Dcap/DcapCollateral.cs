namespace MarbleRun.Attestation.Dcap;

/// <summary>What a verifier knows about platforms besides their quotes. A member that is null is not there; each that is there is checked.</summary>
public sealed record DcapCollateral
{
    /// <summary>The revocation list of the root CA, DER: tells which PCK CAs are revoked.</summary>
    public ReadOnlyMemory<byte>? RootRevocationList { get; init; }

    /// <summary>The revocation list of the PCK CA that issued the platform's certificate, DER: tells which platforms are revoked.</summary>
    public ReadOnlyMemory<byte>? PckRevocationList { get; init; }

    /// <summary>
    /// The PCK certificate chain, PEM in ASCII, the PCK certificate first and the root last: only for quotes that name their platform
    /// (certification data type 1, 2 or 3) instead of carrying the chain.
    /// </summary>
    public ReadOnlyMemory<byte>? PckCertificateChain { get; init; }
}
