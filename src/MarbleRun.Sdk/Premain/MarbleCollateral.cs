namespace MarbleRun.Activation;

/// <summary>
/// Where a Marble finds what it must know about the Coordinator's platform to judge its evidence: configuration section <c>Marble:Collateral</c>. Collateral is
/// signed by the platform's vendor, so that the host may choose its source. Nothing is fetched unless it is named here.
/// </summary>
public sealed class MarbleCollateral
{
    /// <summary>
    /// The PCCS (or Intel's own service) that is asked about platforms of SGX and TDX, http or https, for instance <c>https://localhost:8081</c>. Not set by
    /// default.
    /// </summary>
    public string? PccsUrl { get; set; }

    /// <summary>
    /// AMD's Key Distribution Service, <c>https://kdsintf.amd.com</c>, or a mirror of it, that is asked about platforms of SEV-SNP. Not set by default.
    /// </summary>
    public string? KdsUrl { get; set; }

    /// <summary>A folder of collateral for both, which must exist; it is asked where the services have nothing or can't be reached. Not set by default.</summary>
    public string? BundlePath { get; set; }
}
