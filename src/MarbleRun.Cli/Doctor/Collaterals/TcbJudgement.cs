using System.Collections.Immutable;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Claims;
using MarbleRun.Attestation.Inspection;

namespace MarbleRun.Cli.Doctor.Collaterals;

/// <summary>What a TCB status means for the operator of a platform.</summary>
internal static class TcbJudgement
{
    private const int MostGaps = 8;

    public static FindingLevel Level(TcbStatus status) => status switch
    {
        TcbStatus.UpToDate => FindingLevel.Good,
        TcbStatus.SWHardeningNeeded
            or TcbStatus.ConfigurationNeeded
            or TcbStatus.ConfigurationAndSWHardeningNeeded
            or TcbStatus.TDRelaunchAdvised
            or TcbStatus.TDRelaunchAdvisedConfigurationNeeded => FindingLevel.Warning,
        _ => FindingLevel.Error,
    };

    /// <summary>The status, and each component with both numbers.</summary>
    public static string Describe(string subject, Verdict verdict, ImmutableArray<TcbGap>? gaps)
    {
        TcbStatus status = verdict.Claims?.TcbStatus ?? TcbStatus.Unknown;
        string advisories = verdict.Claims is { Advisories: { IsDefaultOrEmpty: false } list }
            ? $" ({string.Join(", ", list)})"
            : string.Empty;
        string components = gaps is { IsEmpty: false } missing
            ? "; " + string.Join("; ", missing.Take(MostGaps).Select(g => $"{g.Component} is {g.Found}, needs {g.Required}"))
                + (missing.Length > MostGaps ? $"; and {missing.Length - MostGaps} more" : string.Empty)
            : string.Empty;
        return $"{subject}: {status}{advisories}{components}";
    }

    public static string Remedy(TcbStatus status) => status switch
    {
        TcbStatus.TDRelaunchAdvised or TcbStatus.TDRelaunchAdvisedConfigurationNeeded =>
            "Stop the TD and start it again: the host is up to date, and the TD was launched before.",
        TcbStatus.ConfigurationNeeded or TcbStatus.ConfigurationAndSWHardeningNeeded =>
            "Change the configuration of the BIOS as the advisories say.",
        TcbStatus.SWHardeningNeeded => "Read the advisories; then accept the status in AcceptedTCBStatuses, or not.",
        TcbStatus.OutOfDate or TcbStatus.OutOfDateConfigurationNeeded or TcbStatus.Revoked =>
            "Update the named components on the host: BIOS and microcode, TDX module, quoting enclave (the package of the QGS or AESM).",
        _ => "Look at the verdict: marblerun quote verify with the same --collateral.",
    };
}
