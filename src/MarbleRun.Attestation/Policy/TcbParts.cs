using MarbleRun.Attestation.Claims;

namespace MarbleRun.Attestation.Policy;

/// <summary>Describes which parts of a platform are not up to date.</summary>
internal static class TcbParts
{
    private const string None = "has no level";

    /// <summary>The parts that are not up to date, in the order platform, quoting enclave, TDX module; empty if it is unknown.</summary>
    /// <param name="claims">The claims of the evidence, with the TCB levels of the platform.</param>
    public static string Of(QuoteClaims claims)
    {
        // Without TCB info, there are no levels to compare.
        if (claims.Platform is not { TcbEvaluationDataNumber: not null } platform)
        {
            return string.Empty;
        }

        bool isTdx = claims.Tee == TeeType.Tdx;
        bool tellsNow = platform.CurrentTcbStatus is not null;
        string when = tellsNow ? " at the TD's launch" : string.Empty;
        List<string?> parts =
        [
            Part("platform" + when, platform.PlatformTcb),
            Part("quoting enclave", platform.QeTcb),
            isTdx ? Module("TDX module" + when, platform.TdxModuleTcb, claims.Tdx?.TeeTcbSvn) : null,
        ];
        if (tellsNow)
        {
            parts.Add(Part("platform now", platform.CurrentPlatformTcb));
            parts.Add(Module("TDX module now", platform.CurrentTdxModuleTcb, claims.Tdx?.TeeTcbSvn2));
        }

        return string.Join(", ", parts.OfType<string>());
    }

    private static string? Part(string name, TcbLevelClaims? level) =>
        level is null ? $"{name} {None}"
        : level.Status == TcbStatus.UpToDate ? null
        : $"{name} {level.Status}";

    // A module of major version 0 (the second byte) has no levels of its own: the platform's levels apply to it.
    private static string? Module(string name, TcbLevelClaims? level, string? svn) =>
        level is null && (svn is null || svn.AsSpan(2, 2) is "00") ? null
        : level is null && svn is not null ? $"{name} {None} (TDX_{svn[2..4].ToUpperInvariant()})"
        : Part(name, level);
}
