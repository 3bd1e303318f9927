namespace MarbleRun.Attestation.Collateral.Sources;

/// <summary>The limits of a <see cref="PccsClient"/>.</summary>
public sealed record PccsOptions
{
    /// <summary>The longest time that one answer may take, headers and body. 10 seconds by default.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The largest body that is read, in bytes. 4 MiB by default, because revocation lists grow.</summary>
    public int LargestResponse { get; init; } = 4 * 1024 * 1024;

    /// <summary>
    /// The address of the root CA's revocation list, DER or hex. With null, the default, it is <c>rootcacrl</c> of a PCCS; for Intel's
    /// service, which does not have this resource, it is Intel's distribution point.
    /// </summary>
    public Uri? RootRevocationList { get; init; }

    /// <summary>
    /// The set of TCB levels that is requested. Use <see cref="CollateralUpdate.Early"/> to see what will be required of platforms; a
    /// verifier that has seen the early set refuses the standard one until it catches up.
    /// </summary>
    public CollateralUpdate Update { get; init; }
}
