using System.Collections.Immutable;

namespace MarbleRun.Attestation.Claims;

/// <summary>
/// The machine behind an SGX or TDX quote: the values of its PCK certificate (Intel SGX PCK Certificate and CRL Profile Specification,
/// 1.3.5), and its TCB levels.
/// </summary>
public sealed record DcapPlatform
{
    /// <summary>Family, model, stepping, platform type and custom SKU, 6 bytes, upper-case hex.</summary>
    public required string Fmspc { get; init; }

    /// <summary>The id of the provisioning certification enclave, 2 bytes, upper-case hex.</summary>
    public required string PceId { get; init; }

    /// <summary>The SVNs of the TCB components 1 to 16.</summary>
    public required ImmutableArray<byte> TcbComponents { get; init; }

    /// <summary>The SVN of the provisioning certification enclave.</summary>
    public required ushort PceSvn { get; init; }

    /// <summary>The SVN of the quoting enclave (ISVSVN of its report).</summary>
    public required ushort QeSvn { get; init; }

    /// <summary>SHA-256 of the platform provisioning id (PPID), lower-case hex: identifies a machine without revealing its PPID.</summary>
    public required string PpidHash { get; init; }

    /// <summary>SHA-256 of the platform instance id (PIID), lower-case hex; null for machines with one socket.</summary>
    public string? PlatformInstanceIdHash { get; init; }

    /// <summary>How memory is protected: 0 Standard, 1 Scalable, 2 ScalableWithIntegrity.</summary>
    public required int SgxType { get; init; }

    /// <summary>Whether packages can be added to or replaced in the machine; null if the certificate does not state it.</summary>
    public bool? DynamicPlatform { get; init; }

    /// <summary>Whether the platform's keys are kept by Intel's registration service; null if the certificate does not state it.</summary>
    public bool? CachedKeys { get; init; }

    /// <summary>Whether hyper-threading is on; null if the certificate does not state it.</summary>
    public bool? SmtEnabled { get; init; }

    /// <summary>SHA-256 of the root certificate in the quote's chain (DER), lower-case hex.</summary>
    public required string RootCaHash { get; init; }

    /// <summary>The level of the TCB info that matches the platform; null if no level matches, or without TCB info.</summary>
    public TcbLevelClaims? PlatformTcb { get; init; }

    /// <summary>The level of the QE identity that matches the quoting enclave; null if no level matches, or without QE identity.</summary>
    public TcbLevelClaims? QeTcb { get; init; }

    /// <summary>The level that matches the TDX module; null for SGX, and for modules without their own identity in the TCB info.</summary>
    public TcbLevelClaims? TdxModuleTcb { get; init; }

    /// <summary>
    /// The status according to TEE_TCB_SVN_2, the versions that run now; the levels above are those at the TD's launch. Null unless the
    /// evidence is a TD report 1.5 and there is TCB info.
    /// </summary>
    public TcbStatus? CurrentTcbStatus { get; init; }

    /// <summary>
    /// Like <see cref="PlatformTcb"/>, according to the versions that run now; null if no level matches, or if the evidence is not a TD
    /// report 1.5.
    /// </summary>
    public TcbLevelClaims? CurrentPlatformTcb { get; init; }

    /// <summary>Like <see cref="TdxModuleTcb"/>, according to the module that runs now; null for the same reasons.</summary>
    public TcbLevelClaims? CurrentTdxModuleTcb { get; init; }

    /// <summary>
    /// The number of Intel's TCB recovery that the TCB info belongs to (<c>tcbEvaluationDataNumber</c>); null without TCB info.
    /// </summary>
    public int? TcbEvaluationDataNumber { get; init; }
}
