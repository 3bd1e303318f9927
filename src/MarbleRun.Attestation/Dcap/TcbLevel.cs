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

/// <summary>A level of the TCB of a quoting enclave or TDX module: one number (Intel SGX PCS API, <c>isvsvn</c>).</summary>
internal sealed record IsvTcbLevel(ushort SecurityVersion, TcbLevelClaims Claims)
{
    /// <summary>The highest level that <paramref name="securityVersion"/> reaches; null if it reaches none.</summary>
    public static IsvTcbLevel? Select(IEnumerable<IsvTcbLevel> levels, ushort securityVersion) =>
        levels.Where(l => l.SecurityVersion <= securityVersion).MaxBy(l => l.SecurityVersion);
}
