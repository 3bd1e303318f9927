using MarbleRun.Attestation.Claims;

namespace MarbleRun.Attestation.Dcap;

/// <summary>A level of the TCB of a quoting enclave or TDX module: one number (Intel SGX PCS API, <c>isvsvn</c>).</summary>
internal sealed record IsvTcbLevel(ushort SecurityVersion, TcbLevelClaims Claims)
{
    /// <summary>The highest level that <paramref name="securityVersion"/> reaches; null if it reaches none.</summary>
    public static IsvTcbLevel? Select(IEnumerable<IsvTcbLevel> levels, ushort securityVersion) =>
        levels.Where(l => l.SecurityVersion <= securityVersion).MaxBy(l => l.SecurityVersion);
}
