namespace MarbleRun.Attestation.Claims;

/// <summary>
/// The claims that only SGX evidence has (Intel SGX ECDSA Quote Library API, A.4 "Enclave Report Body"); the claims of all platforms are in
/// <see cref="QuoteClaims"/>.
/// </summary>
public sealed record SgxClaims
{
    /// <summary>CPUSVN, 16 bytes, lower-case hex.</summary>
    public required string CpuSvn { get; init; }

    /// <summary>MISCSELECT.</summary>
    public required uint MiscSelect { get; init; }

    /// <summary>ATTRIBUTES: 8 bytes of flags, 8 bytes XFRM, as in the report, lower-case hex.</summary>
    public required string Attributes { get; init; }
}
