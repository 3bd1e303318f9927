using System.Collections.Immutable;

namespace MarbleRun.Attestation.Dcap;

/// <summary>
/// Finds the TCB levels of platform, quoting enclave and TDX module, and what follows from them together
/// (Intel SGX PCS API, "Get TCB Info", "Determining the TCB status"; Intel SGX and TDX DCAP Quote Verification Library, "Converge TCB status").
/// </summary>
internal sealed class TcbEvaluation
{
    /// <summary>In TEE_TCB_SVN the first two components are the module's own, and judged by its identity when the second is above 0.</summary>
    private const int FirstComponentBesidesModule = 2;

    private static readonly TcbLevelClaims s_notSupported = new(TcbStatus.NotSupported, DateTimeOffset.MinValue);

    private TcbEvaluation(TcbStatus status, IEnumerable<TcbLevelClaims?> levels)
    {
        Status = status;
        Advisories = [.. levels.SelectMany(l => l?.Advisories ?? []).Distinct(StringComparer.Ordinal)];
    }

    public TcbStatus Status { get; }

    /// <summary>Those of all levels that were found.</summary>
    public ImmutableArray<string> Advisories { get; }

    public TcbLevelClaims? Platform { get; private init; }

    public TcbLevelClaims? Qe { get; private init; }

    public TcbLevelClaims? TdxModule { get; private init; }

    /// <summary>Judges a quote by documents that were found to be for it.</summary>
    public static TcbEvaluation Evaluate(DcapQuote quote, PckExtension pck, TcbInfo info, QeIdentity identity)
    {
        ushort qeSvn = new SgxReportBody(quote.QeReport.Span).SecurityVersion;
        TcbLevelClaims? qe = IsvTcbLevel.Select(identity.Levels, qeSvn)?.Claims;
        ReadOnlySpan<byte> teeTcbSvn = quote.Tee == TeeType.Tdx ? new TdReportBody(quote.Body.Span).TcbSvn : default;
        TcbLevelClaims? platform = SelectPlatformLevel(info, pck, teeTcbSvn)?.Claims;
        TcbLevelClaims? module = quote.Tee == TeeType.Tdx ? SelectModuleLevel(info, teeTcbSvn) : null;

        TcbStatus status = Converge((platform ?? s_notSupported).Status, (qe ?? s_notSupported).Status);
        if (module is not null)
        {
            TcbStatus before = status;
            status = Converge(status, module.Status);
            if (module.Status == TcbStatus.OutOfDate && Relaunch(before) is { } advised && IsNewerModuleLoaded(info, new TdReportBody(quote.Body.Span)))
            {
                status = advised;
            }
        }

        return new TcbEvaluation(status, [platform, qe, module])
        {
            Platform = platform,
            Qe = qe,
            TdxModule = module == s_notSupported ? null : module,
        };
    }

    /// <summary>Null unless a TDX module's signer or attributes are not those of its identity, or it has none.</summary>
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

    /// <summary>What follows for the whole from a part that has its own levels. A part can make it worse, never better.</summary>
    public static TcbStatus Converge(TcbStatus whole, TcbStatus part) => (whole, part) switch
    {
        (TcbStatus.Revoked, _) or (_, TcbStatus.Revoked) => TcbStatus.Revoked,
        (TcbStatus.Unrecognized, _) or (_, TcbStatus.Unrecognized) => TcbStatus.Unrecognized,
        (TcbStatus.NotSupported, _) or (_, TcbStatus.NotSupported) => TcbStatus.NotSupported,
        (_, TcbStatus.UpToDate) => whole,
        (TcbStatus.UpToDate or TcbStatus.SWHardeningNeeded, TcbStatus.OutOfDate) => TcbStatus.OutOfDate,
        (TcbStatus.ConfigurationNeeded or TcbStatus.ConfigurationAndSWHardeningNeeded, TcbStatus.OutOfDate) => TcbStatus.OutOfDateConfigurationNeeded,
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

    // Null if the module has no identity of its own: then the platform's levels judge it.
    private static TcbLevelClaims? SelectModuleLevel(TcbInfo info, ReadOnlySpan<byte> teeTcbSvn) =>
        teeTcbSvn[1] == 0
            ? null
            : IsvTcbLevel.Select(info.FindModule(teeTcbSvn[1])?.Levels ?? [], teeTcbSvn[0])?.Claims ?? s_notSupported;

    // The TD was started under an old module, and the machine has loaded a good one since: starting the TD anew is all it takes.
    private static bool IsNewerModuleLoaded(TcbInfo info, TdReportBody report)
    {
        ReadOnlySpan<byte> loaded = report.TcbSvn2;
        return !loaded.IsEmpty
            && loaded[1] > 0
            && TcbComparison.IsAtLeast(loaded, report.TcbSvn, FirstComponentBesidesModule)
            && SelectModuleLevel(info, loaded)?.Status == TcbStatus.UpToDate;
    }

    private static TcbStatus? Relaunch(TcbStatus withoutModule) => withoutModule switch
    {
        TcbStatus.UpToDate or TcbStatus.SWHardeningNeeded => TcbStatus.TDRelaunchAdvised,
        TcbStatus.ConfigurationNeeded or TcbStatus.ConfigurationAndSWHardeningNeeded => TcbStatus.TDRelaunchAdvisedConfigurationNeeded,
        _ => null,
    };
}
