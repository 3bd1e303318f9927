namespace MarbleRun.Attestation.Claims;

/// <summary>
/// The claims that only TDX evidence has (Intel TDX DCAP Quoting Library API, A.3.2 "TD Quote Body"). All are bytes in the order of the
/// report, lower-case hex.
/// </summary>
public sealed record TdxClaims
{
    /// <summary>
    /// TEE_TCB_SVN, 16 bytes: the SVNs of the TDX module ([0] and [1]) and of the microcode ([2]) when the TD was started.
    /// </summary>
    public required string TeeTcbSvn { get; init; }

    /// <summary>MRSEAM, 48 bytes: the measurement of the TDX module.</summary>
    public required string MrSeam { get; init; }

    /// <summary>MRSIGNERSEAM, 48 bytes: the signer of the TDX module; zeros for Intel's.</summary>
    public required string MrSignerSeam { get; init; }

    /// <summary>SEAMATTRIBUTES, 8 bytes.</summary>
    public required string SeamAttributes { get; init; }

    /// <summary>TDATTRIBUTES, 8 bytes; bit 0 is DEBUG.</summary>
    public required string TdAttributes { get; init; }

    /// <summary>XFAM, 8 bytes: the extended processor features that the TD may use.</summary>
    public required string Xfam { get; init; }

    /// <summary>MRTD, 48 bytes: the measurement of the TD's first content, usually its firmware.</summary>
    public required string MrTd { get; init; }

    /// <summary>MRCONFIGID, 48 bytes: an id of the TD's configuration that its owner chose.</summary>
    public required string MrConfigId { get; init; }

    /// <summary>MROWNER, 48 bytes: an id of the TD's owner.</summary>
    public required string MrOwner { get; init; }

    /// <summary>MROWNERCONFIG, 48 bytes: an id of the owner's configuration.</summary>
    public required string MrOwnerConfig { get; init; }

    /// <summary>RTMR0, 48 bytes: extended at run time, usually by the firmware with its configuration.</summary>
    public required string Rtmr0 { get; init; }

    /// <summary>RTMR1, 48 bytes: usually boot loader and kernel.</summary>
    public required string Rtmr1 { get; init; }

    /// <summary>RTMR2, 48 bytes: usually kernel command line and initial RAM disk.</summary>
    public required string Rtmr2 { get; init; }

    /// <summary>RTMR3, 48 bytes: for the applications.</summary>
    public required string Rtmr3 { get; init; }

    /// <summary>TEE_TCB_SVN_2, 16 bytes: as <see cref="TeeTcbSvn"/>, of the TDX module that is loaded now. Null in TD report 1.0.</summary>
    public string? TeeTcbSvn2 { get; init; }

    /// <summary>MRSERVICETD, 48 bytes: the measurement of the service TDs that are bound to the TD. Null in TD report 1.0.</summary>
    public string? MrServiceTd { get; init; }
}
