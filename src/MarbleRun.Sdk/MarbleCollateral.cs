namespace MarbleRun;

/// <summary>
/// The sources of the collateral that a Marble needs to verify the Coordinator's evidence: configuration section <c>Marble:Collateral</c>.
/// The platform's vendor signs collateral, so the host may choose its source. Nothing is fetched unless a source is set here.
/// </summary>
public sealed class MarbleCollateral
{
    /// <summary>
    /// The PCCS (or Intel's own service) for SGX and TDX platforms, http or https, for instance <c>https://localhost:8081</c>. Not set by
    /// default.
    /// </summary>
    public string? PccsUrl { get; set; }

    /// <summary>
    /// AMD's Key Distribution Service, <c>https://kdsintf.amd.com</c>, or a mirror of it, for SEV-SNP platforms. Not set by default.
    /// </summary>
    public string? KdsUrl { get; set; }

    /// <summary>
    /// A folder of collateral for both, which must exist; it is used if the services have no collateral or are unreachable. Not set by
    /// default.
    /// </summary>
    public string? BundlePath { get; set; }
}
