namespace MarbleRun.Attestation.Collateral.Sources;

/// <summary>The limits of a <see cref="PccsClient"/>.</summary>
public sealed record PccsOptions
{
    /// <summary>The longest time that one answer may take, headers and body. 10 seconds by default.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The largest body that is read, in bytes. 4 MiB by default: revocation lists grow.</summary>
    public int LargestResponse { get; init; } = 4 * 1024 * 1024;

    /// <summary>
    /// Where the root CA's revocation list is, DER or hex. Null by default: <c>rootcacrl</c> of a PCCS; for Intel's own service, which has
    /// none, Intel's distribution point.
    /// </summary>
    public Uri? RootRevocationList { get; init; }
}
