namespace MarbleRun.Attestation.Claims;

/// <summary>
/// What only SGX evidence says (Intel SGX ECDSA Quote Library API, A.4 "Enclave Report Body"); what other platforms have too is in
/// <see cref="QuoteClaims"/>.
/// </summary>
public sealed record SgxClaims
{
    /// <summary>CPUSVN, 16 bytes, lower-case hex.</summary>
    public required string CpuSvn { get; init; }

    /// <summary>MISCSELECT.</summary>
    public required uint MiscSelect { get; init; }

    /// <summary>ATTRIBUTES: 8 bytes of flags, 8 bytes XFRM, as they stand in the report, lower-case hex.</summary>
    public required string Attributes { get; init; }
}
