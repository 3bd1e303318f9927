using System.Collections.Immutable;

namespace MarbleRun.Attestation.Claims;

/// <summary>
/// The machine behind an SGX or TDX quote: what its PCK certificate says (Intel SGX PCK Certificate and CRL Profile Specification, 1.3.5),
/// and the TCB levels that were found for it.
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

    /// <summary>SHA-256 of the platform provisioning id (PPID), lower-case hex: knows a machine again without telling its PPID.</summary>
    public required string PpidHash { get; init; }

    /// <summary>SHA-256 of the platform instance id (PIID), lower-case hex; null for machines of one socket, which have none.</summary>
    public string? PlatformInstanceIdHash { get; init; }

    /// <summary>How memory is protected: 0 Standard, 1 Scalable, 2 ScalableWithIntegrity.</summary>
    public required int SgxType { get; init; }

    /// <summary>Whether packages can be added to or replaced in the machine; null where the certificate does not say.</summary>
    public bool? DynamicPlatform { get; init; }

    /// <summary>Whether the platform's keys are kept by Intel's registration service; null where the certificate does not say.</summary>
    public bool? CachedKeys { get; init; }

    /// <summary>Whether hyper-threading is on; null where the certificate does not say.</summary>
    public bool? SmtEnabled { get; init; }

    /// <summary>SHA-256 of the root certificate's DER as it stood in the quote's chain, lower-case hex.</summary>
    public required string RootCaHash { get; init; }

    /// <summary>The level of the TCB info that fits the platform; null if there was none, or no TCB info.</summary>
    public TcbLevelClaims? PlatformTcb { get; init; }

    /// <summary>The level of the QE identity that fits the quoting enclave; null as above.</summary>
    public TcbLevelClaims? QeTcb { get; init; }

    /// <summary>The level that fits the TDX module; null for SGX, and for modules that have no identity of their own.</summary>
    public TcbLevelClaims? TdxModuleTcb { get; init; }

    /// <summary>
    /// The status by what runs now, TEE_TCB_SVN_2, while the levels above are those at the TD's launch; null unless the evidence is a TD
    /// report 1.5 and there was TCB info.
    /// </summary>
    public TcbStatus? CurrentTcbStatus { get; init; }

    /// <summary>As <see cref="PlatformTcb"/>, by what runs now; null if there is no level, or the evidence is no TD report 1.5.</summary>
    public TcbLevelClaims? CurrentPlatformTcb { get; init; }

    /// <summary>As <see cref="TdxModuleTcb"/>, by the module that runs now; null as above.</summary>
    public TcbLevelClaims? CurrentTdxModuleTcb { get; init; }

    /// <summary>
    /// The number of Intel's TCB recovery that the TCB info belongs to (<c>tcbEvaluationDataNumber</c>); null without TCB info.
    /// </summary>
    public int? TcbEvaluationDataNumber { get; init; }
}
