namespace MarbleRun.Attestation.Claims;

/// <summary>How well a platform is patched: the names of Intel's TCB information (Intel SGX PCS API, <c>tcbStatus</c>).</summary>
public enum TcbStatus
{
    /// <summary>There is no collateral for the platform.</summary>
    Unknown = 0,

    /// <summary>Everything is patched.</summary>
    UpToDate,

    /// <summary>The software must protect itself against a known attack.</summary>
    SWHardeningNeeded,

    /// <summary>The platform's configuration (BIOS) must change.</summary>
    ConfigurationNeeded,

    /// <summary>Both of the two statuses before.</summary>
    ConfigurationAndSWHardeningNeeded,

    /// <summary>Updates are missing.</summary>
    OutOfDate,

    /// <summary>Updates are missing and the configuration must change.</summary>
    OutOfDateConfigurationNeeded,

    /// <summary>A newer TDX module is loaded; the trust domain must be restarted to use it.</summary>
    TDRelaunchAdvised,

    /// <summary>Like <see cref="TDRelaunchAdvised"/>, and the configuration must change.</summary>
    TDRelaunchAdvisedConfigurationNeeded,

    /// <summary>No longer trusted by the vendor.</summary>
    Revoked,

    /// <summary>The vendor's list has no level for this platform.</summary>
    NotSupported,

    /// <summary>The vendor's list contains a status that is not known here.</summary>
    Unrecognized,
}
