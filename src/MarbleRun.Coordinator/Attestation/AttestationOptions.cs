namespace MarbleRun.Coordinator.Attestation;

/// <summary>
/// Where the Coordinator finds what it must know about platforms besides their evidence: configuration section
/// <c>Coordinator:Attestation</c>. Nothing is fetched unless it is named here; evidence whose collateral is not to be had is refused.
/// </summary>
public sealed class AttestationOptions
{
    /// <summary>
    /// The PCCS (or Intel's own service) that is asked about platforms of SGX and TDX, http or https, for instance
    /// <c>https://localhost:8081</c>. Not set by default.
    /// </summary>
    public string? PccsUrl { get; set; }

    /// <summary>
    /// AMD's Key Distribution Service, <c>https://kdsintf.amd.com</c>, or a mirror of it, that is asked about platforms of SEV-SNP. Not set
    /// by default.
    /// </summary>
    public string? KdsUrl { get; set; }

    /// <summary>
    /// A folder of collateral for both, which must exist; it is asked where the services have nothing or can't be reached. Not set by
    /// default.
    /// </summary>
    public string? BundlePath { get; set; }

    /// <summary>
    /// How old collateral gets before it is fetched again, from 1 minute to 30 days; the default is 6 hours. Its own end always counts as
    /// well.
    /// </summary>
    [DurationRange("00:01:00", "30.00:00:00")]
    public TimeSpan RefreshAfter { get; set; } = TimeSpan.FromHours(6);

    /// <summary>How long one answer of a service may take, from 1 second to 1 minute; the default is 10 seconds.</summary>
    [DurationRange("00:00:01", "00:01:00")]
    public TimeSpan FetchTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// Whether a Coordinator in simulation asks these sources, too, for instance a PCCS of a simulation that tries out platforms that are
    /// out of date; all of the collateral is then needed, as on hardware. By default a simulation brings its own collateral, whatever is
    /// configured, and asks no source.
    /// </summary>
    public bool AskInSimulation { get; set; }

    internal bool NamesSource => !string.IsNullOrEmpty(PccsUrl) || !string.IsNullOrEmpty(KdsUrl) || !string.IsNullOrEmpty(BundlePath);
}
