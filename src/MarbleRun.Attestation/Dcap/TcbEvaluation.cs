using System.Collections.Immutable;
using MarbleRun.Attestation.Checks;
using MarbleRun.Attestation.Claims;

namespace MarbleRun.Attestation.Dcap;

/// <summary>
/// Finds the TCB levels of platform, quoting enclave and TDX module, and their combined status (Intel SGX PCS API, "Get TCB Info",
/// "Determining the TCB status"; Intel SGX and TDX DCAP Quote Verification Library, "Converge TCB status"; of July 2026, TCB level check: a
/// TD report 1.5 has the TCB at launch, TEE_TCB_SVN, and the one that runs now, TEE_TCB_SVN_2, and both count).
/// </summary>
internal sealed class TcbEvaluation
{
    /// <summary>
    /// In TEE_TCB_SVN, the first two components belong to the module, and its identity has their levels if the second is above 0.
    /// </summary>
    private const int FirstComponentBesidesModule = 2;

    private static readonly TcbLevelClaims s_notSupported = new(TcbStatus.NotSupported, DateTimeOffset.MinValue);

    private TcbEvaluation(TcbStatus status, IEnumerable<TcbLevelClaims?> levels)
    {
        Status = status;
        Advisories = [.. levels.SelectMany(l => l?.Advisories ?? []).Distinct(StringComparer.Ordinal)];
    }

    public TcbStatus Status { get; }

    /// <summary>The advisories of all levels.</summary>
    public ImmutableArray<string> Advisories { get; }

    public TcbLevelClaims? Platform { get; private init; }

    public TcbLevelClaims? Qe { get; private init; }

    public TcbLevelClaims? TdxModule { get; private init; }

    /// <summary>The status of the versions that run now; null if the report does not contain them.</summary>
    public TcbStatus? StatusNow { get; private init; }

    public TcbLevelClaims? PlatformNow { get; private init; }

    public TcbLevelClaims? TdxModuleNow { get; private init; }

    /// <summary>Evaluates a quote with the documents that apply to it.</summary>
    public static TcbEvaluation Evaluate(DcapQuote quote, PckExtension pck, TcbInfo info, QeIdentity identity)
    {
        ushort qeSvn = new SgxReportBody(quote.QeReport.Span).SecurityVersion;
        TcbLevelClaims? qe = IsvTcbLevel.Select(identity.Levels, qeSvn)?.Claims;
        TdReportBody td = quote.Tee == TeeType.Tdx ? new TdReportBody(quote.Body.Span) : default;
        TdxTcb launch = Find(info, pck, qe, quote.Tee == TeeType.Tdx ? td.TcbSvn : default);
        if (quote.Tee != TeeType.Tdx || td.TcbSvn2.IsEmpty)
        {
            return new TcbEvaluation(launch.Status, [launch.Platform, qe, launch.Module])
            {
                Platform = launch.Platform,
                Qe = qe,
                TdxModule = launch.ModuleLevel,
            };
        }

        TdxTcb now = Find(info, pck, qe, td.TcbSvn2);
        return new TcbEvaluation(LaunchAndNow(launch.Status, now.Status), [launch.Platform, qe, launch.Module, now.Platform, now.Module])
        {
            Platform = launch.Platform,
            Qe = qe,
            TdxModule = launch.ModuleLevel,
            StatusNow = now.Status,
            PlatformNow = now.Platform,
            TdxModuleNow = now.ModuleLevel,
        };
    }

    /// <summary>Adds the results to the claims.</summary>
    public QuoteClaims AddTo(QuoteClaims claims, TcbInfo info) => claims with
    {
        TcbStatus = Status,
        Advisories = Advisories,
        Platform = claims.Platform! with
        {
            PlatformTcb = Platform,
            QeTcb = Qe,
            TdxModuleTcb = TdxModule,
            CurrentTcbStatus = StatusNow,
            CurrentPlatformTcb = PlatformNow,
            CurrentTdxModuleTcb = TdxModuleNow,
            TcbEvaluationDataNumber = info.EvaluationDataNumber,
        },
    };

    /// <summary>Null, unless the signer or the attributes of a TDX module differ from its identity, or it has no identity.</summary>
    public static CheckFailure? CheckModule(TcbInfo info, TdReportBody report)
    {
        byte majorVersion = report.TcbSvn[1];
        if (info.FindModule(majorVersion) is not { } identity)
        {
            return new CheckFailure(VerdictReason.Mismatch, $"an identity of the TDX module TDX_{majorVersion:X2} in the TCB info", "none");
        }

        if (!report.MrSignerSeam.SequenceEqual(identity.MrSigner))
        {
            return new CheckFailure(
                VerdictReason.Mismatch,
                $"a TDX module with MRSIGNERSEAM {Convert.ToHexStringLower(identity.MrSigner)}",
                Convert.ToHexStringLower(report.MrSignerSeam));
        }

        return TcbComparison.EqualsUnderMask(report.SeamAttributes, identity.Attributes, identity.AttributesMask)
            ? null
            : new CheckFailure(
                VerdictReason.Mismatch,
                $"a TDX module with SEAMATTRIBUTES {Convert.ToHexStringLower(identity.Attributes)} "
                    + $"under mask {Convert.ToHexStringLower(identity.AttributesMask)}",
                Convert.ToHexStringLower(report.SeamAttributes));
    }

    /// <summary>Combines a status with that of a part that has its own levels. A part can only make it worse.</summary>
    public static TcbStatus Converge(TcbStatus whole, TcbStatus part) => (whole, part) switch
    {
        (TcbStatus.Revoked, _) or (_, TcbStatus.Revoked) => TcbStatus.Revoked,
        (TcbStatus.Unrecognized, _) or (_, TcbStatus.Unrecognized) => TcbStatus.Unrecognized,
        (TcbStatus.NotSupported, _) or (_, TcbStatus.NotSupported) => TcbStatus.NotSupported,
        (_, TcbStatus.UpToDate) => whole,
        (TcbStatus.UpToDate or TcbStatus.SWHardeningNeeded, TcbStatus.OutOfDate) => TcbStatus.OutOfDate,
        (TcbStatus.ConfigurationNeeded or TcbStatus.ConfigurationAndSWHardeningNeeded, TcbStatus.OutOfDate) =>
            TcbStatus.OutOfDateConfigurationNeeded,
        (_, TcbStatus.OutOfDate) => whole,

        // Intel gives quoting enclaves and modules no other status.
        _ => TcbStatus.Unrecognized,
    };

    // The first level, in Intel's order from best to worst, that the platform reaches in every component.
    private static TcbLevel? SelectPlatformLevel(TcbInfo info, PckExtension pck, ReadOnlySpan<byte> teeTcbSvn)
    {
        bool moduleHasIdentity = !teeTcbSvn.IsEmpty && teeTcbSvn[1] > 0;
        foreach (TcbLevel level in info.Levels)
        {
            if (TcbComparison.IsAtLeast(pck.TcbComponents.Span, level.SgxComponents.AsSpan())
                && pck.PceSvn >= level.PceSvn
                && TcbComparison.IsAtLeast(teeTcbSvn, level.TdxComponents.AsSpan(), moduleHasIdentity ? FirstComponentBesidesModule : 0))
            {
                return level;
            }
        }

        return null;
    }

    // Null if the module has no identity: the platform's levels then apply to it.
    private static TcbLevelClaims? SelectModuleLevel(TcbInfo info, ReadOnlySpan<byte> teeTcbSvn) =>
        teeTcbSvn[1] == 0
            ? null
            : IsvTcbLevel.Select(info.FindModule(teeTcbSvn[1])?.Levels ?? [], teeTcbSvn[0])?.Claims ?? s_notSupported;

    private static TdxTcb Find(TcbInfo info, PckExtension pck, TcbLevelClaims? qe, ReadOnlySpan<byte> teeTcbSvn)
    {
        TcbLevelClaims? platform = SelectPlatformLevel(info, pck, teeTcbSvn)?.Claims;
        TcbLevelClaims? module = teeTcbSvn.IsEmpty ? null : SelectModuleLevel(info, teeTcbSvn);
        TcbStatus status = Converge((platform ?? s_notSupported).Status, (qe ?? s_notSupported).Status);
        return new TdxTcb(module is null ? status : Converge(status, module.Status), platform, module);
    }

    /// <summary>
    /// Combines the status of the TCB at launch with that of the TCB that runs now. A TD that was launched on an old TCB and runs on a good
    /// one only needs to be launched again; in all other cases, the worse status counts.
    /// </summary>
    internal static TcbStatus LaunchAndNow(TcbStatus launch, TcbStatus now) => (launch, now) switch
    {
        (TcbStatus.Revoked, _) or (_, TcbStatus.Revoked) => TcbStatus.Revoked,
        (TcbStatus.Unrecognized, _) or (_, TcbStatus.Unrecognized) => TcbStatus.Unrecognized,
        (TcbStatus.NotSupported, _) or (_, TcbStatus.NotSupported) => TcbStatus.NotSupported,
        (TcbStatus.OutOfDate or TcbStatus.OutOfDateConfigurationNeeded, TcbStatus.UpToDate or TcbStatus.SWHardeningNeeded) =>
            TcbStatus.TDRelaunchAdvised,
        (TcbStatus.OutOfDate
            or TcbStatus.OutOfDateConfigurationNeeded, TcbStatus.ConfigurationNeeded or TcbStatus.ConfigurationAndSWHardeningNeeded) =>
            TcbStatus.TDRelaunchAdvisedConfigurationNeeded,
        _ => Worse(launch, now),
    };

    private static TcbStatus Worse(TcbStatus launch, TcbStatus now)
    {
        bool isOld = IsOld(launch) || IsOld(now);
        bool needsConfiguration = NeedsConfiguration(launch) || NeedsConfiguration(now);
        bool needsHardening = NeedsHardening(launch) || NeedsHardening(now);
        return (isOld, needsConfiguration, needsHardening) switch
        {
            (true, true, _) => TcbStatus.OutOfDateConfigurationNeeded,
            (true, false, _) => TcbStatus.OutOfDate,
            (false, true, true) => TcbStatus.ConfigurationAndSWHardeningNeeded,
            (false, true, false) => TcbStatus.ConfigurationNeeded,
            (false, false, true) => TcbStatus.SWHardeningNeeded,
            _ => TcbStatus.UpToDate,
        };
    }

    private static bool IsOld(TcbStatus status) => status is TcbStatus.OutOfDate or TcbStatus.OutOfDateConfigurationNeeded;

    private static bool NeedsConfiguration(TcbStatus status) =>
        status is TcbStatus.ConfigurationNeeded or TcbStatus.ConfigurationAndSWHardeningNeeded or TcbStatus.OutOfDateConfigurationNeeded;

    private static bool NeedsHardening(TcbStatus status) =>
        status is TcbStatus.SWHardeningNeeded or TcbStatus.ConfigurationAndSWHardeningNeeded;

    /// <summary>The levels for one set of SVNs, and their status combined with the quoting enclave's.</summary>
    private readonly record struct TdxTcb(TcbStatus Status, TcbLevelClaims? Platform, TcbLevelClaims? Module)
    {
        /// <summary>Null if the module has no level.</summary>
        public TcbLevelClaims? ModuleLevel => Module == s_notSupported ? null : Module;
    }
}
