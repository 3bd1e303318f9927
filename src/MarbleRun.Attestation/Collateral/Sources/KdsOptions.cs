namespace MarbleRun.Attestation.Collateral.Sources;

/// <summary>The limits of a <see cref="KdsClient"/>, and the certificates that the service does not provide.</summary>
public sealed record KdsOptions
{
    /// <summary>The longest time that one answer may take, headers and body. 10 seconds by default.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The largest body that is read, in bytes. 1 MiB by default.</summary>
    public int LargestResponse { get; init; } = 1024 * 1024;

    /// <summary>
    /// VLEK certificates, DER. They cannot be fetched: AMD gives them to the cloud provider, and the host gives them to its guests with the
    /// report (extended report, certificate table). The one for the report's product line and TCB is used.
    /// </summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Vleks { get; init; } = [];
}
