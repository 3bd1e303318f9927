using MarbleRun.Attestation;

namespace MarbleRun.Manifests;

/// <summary>
/// A kind of machine that Marbles may run on: an entry of the manifest's <c>Infrastructures</c>. If there are any, a Marble's quote must
/// match one of them. Properties that are not set are not checked.
/// </summary>
public sealed record InfrastructureProperties
{
    /// <summary>The lowest SVNs of the 16 TCB components, 16 bytes; empty if not set.</summary>
    public ReadOnlyMemory<byte> CpuSvn { get; init; }

    /// <summary>The lowest security version of the quoting enclave, or null.</summary>
    public ushort? QeSvn { get; init; }

    /// <summary>The lowest security version of the provisioning certification enclave, or null.</summary>
    public ushort? PceSvn { get; init; }

    /// <summary>The root of the platform's certificates: its DER, or SHA-256 of the DER (32 bytes); empty if not set.</summary>
    public ReadOnlyMemory<byte> RootCa { get; init; }

    /// <summary>Returns the entry in the form that verifiers use.</summary>
    /// <param name="name">Its name in the manifest, for the reason if a machine does not match.</param>
    public PlatformRequirement ToRequirement(string name) =>
        new() { Name = name, MinimumCpuSvn = CpuSvn, MinimumQeSvn = QeSvn, MinimumPceSvn = PceSvn, RootCa = RootCa };

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
