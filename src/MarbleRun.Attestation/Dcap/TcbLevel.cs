using System.Collections.Immutable;
using MarbleRun.Attestation.Checks;
using MarbleRun.Attestation.Claims;

namespace MarbleRun.Attestation.Dcap;

/// <summary>A level of a platform's TCB (Intel SGX PCS API, TCB info, <c>tcbLevels</c>).</summary>
internal sealed class TcbLevel
{
    /// <summary>16 SVNs, compared with those of the PCK certificate.</summary>
    public required ImmutableArray<byte> SgxComponents { get; init; }

    public required ushort PceSvn { get; init; }

    /// <summary>16 SVNs, compared with the quote's TEE_TCB_SVN; empty for SGX.</summary>
    public required ImmutableArray<byte> TdxComponents { get; init; }

    public required TcbLevelClaims Claims { get; init; }

    /// <summary>Whether each number of this level is at least that of another.</summary>
    public bool Covers(TcbLevel other) =>
        PceSvn >= other.PceSvn
        && TcbComparison.IsAtLeast(SgxComponents.AsSpan(), other.SgxComponents.AsSpan())
        && TcbComparison.IsAtLeast(TdxComponents.AsSpan(), other.TdxComponents.AsSpan());
}
