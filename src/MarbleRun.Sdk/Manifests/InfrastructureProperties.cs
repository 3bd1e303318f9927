namespace MarbleRun.Manifests;

/// <summary>
/// A platform of the mesh: an entry of the manifest's <c>Infrastructures</c>. The section enforces nothing: quotes are judged by vendor collateral
/// and by the package's accepted TCB states. It is read, listed and compared for compatibility.
/// </summary>
public sealed record InfrastructureProperties
{
    /// <summary>The processor's security version, raw bytes; empty if not given.</summary>
    public ReadOnlyMemory<byte> CpuSvn { get; init; }

    /// <summary>The security version of the quoting enclave, or null.</summary>
    public ushort? QeSvn { get; init; }

    /// <summary>The security version of the provisioning certification enclave, or null.</summary>
    public ushort? PceSvn { get; init; }

    /// <summary>The vendor's root certificate, raw bytes; empty if not given.</summary>
    public ReadOnlyMemory<byte> RootCa { get; init; }

    /// <summary>Compares all members by value.</summary>
    /// <param name="other">The other platform.</param>
    public bool Equals(InfrastructureProperties? other) =>
        other is not null
        && CpuSvn.Span.SequenceEqual(other.CpuSvn.Span)
        && QeSvn == other.QeSvn
        && PceSvn == other.PceSvn
        && RootCa.Span.SequenceEqual(other.RootCa.Span);

    /// <inheritdoc />
    public override int GetHashCode() => HashCode.Combine(CpuSvn.Length, QeSvn, PceSvn, RootCa.Length);
}
