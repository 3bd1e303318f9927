using System.Globalization;
using System.Text;
using MarbleRun.Attestation.Claims;

namespace MarbleRun.Cli.Quotes;

/// <summary>Formats the patch level of each part of a platform, one line for each evaluated part.</summary>
internal static class TcbText
{
    public static string Parts(QuoteClaims claims)
    {
        // Without a number there was no TCB info, so nothing was evaluated.
        if (claims.Platform is not { TcbEvaluationDataNumber: not null } platform)
        {
            return string.Empty;
        }

        bool hasCurrent = platform.CurrentTcbStatus is not null;
        string launch = hasCurrent ? " at launch" : string.Empty;
        var text = new StringBuilder();
        Append(text, "platform" + launch, platform.PlatformTcb);
        Append(text, "quoting enclave", platform.QeTcb);
        AppendModule(text, "TDX module" + launch, platform.TdxModuleTcb, claims.Tdx?.TeeTcbSvn);
        if (hasCurrent)
        {
            Append(text, "platform now", platform.CurrentPlatformTcb);
            AppendModule(text, "TDX module now", platform.CurrentTdxModuleTcb, claims.Tdx?.TeeTcbSvn2);
        }

        return text.ToString();
    }

    // A module of major version 0, the second byte of the SVN, has no separate levels.
    private static void AppendModule(StringBuilder text, string name, TcbLevelClaims? level, string? svn)
    {
        if (svn is not null && (level is not null || svn.AsSpan(2, 2) is not "00"))
        {
            Append(text, name, level);
        }
    }

    private static void Append(StringBuilder text, string name, TcbLevelClaims? level) =>
        text.Append(CultureInfo.InvariantCulture, $"\n  {name}: ").Append(level is null
            ? "no level in the vendor's list (NotSupported)"
            : string.Create(CultureInfo.InvariantCulture, $"{level.Status}, level of {level.Date:yyyy-MM-dd}"));
}
