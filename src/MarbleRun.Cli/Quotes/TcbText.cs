using System.Globalization;
using System.Text;
using MarbleRun.Attestation;

namespace MarbleRun.Cli.Quotes;

/// <summary>How well each part of a platform is patched, a line for each that was judged.</summary>
internal static class TcbText
{
    public static string Parts(QuoteClaims claims)
    {
        // Without a number there was no TCB info, and nothing was judged.
        if (claims.Platform is not { TcbEvaluationDataNumber: not null } platform)
        {
            return string.Empty;
        }

        bool tellsNow = platform.CurrentTcbStatus is not null;
        string launch = tellsNow ? " at launch" : string.Empty;
        var text = new StringBuilder();
        Append(text, "platform" + launch, platform.PlatformTcb);
        Append(text, "quoting enclave", platform.QeTcb);
        AppendModule(text, "TDX module" + launch, platform.TdxModuleTcb, claims.Tdx?.TeeTcbSvn);
        if (tellsNow)
        {
            Append(text, "platform now", platform.CurrentPlatformTcb);
            AppendModule(text, "TDX module now", platform.CurrentTdxModuleTcb, claims.Tdx?.TeeTcbSvn2);
        }

        return text.ToString();
    }

    // A module of major version 0, the second byte of the SVN, has no levels of its own.
    private static void AppendModule(StringBuilder text, string name, TcbLevelClaims? level, string? svn)
    {
        if (svn is not null && (level is not null || svn.AsSpan(2, 2) is not "00"))
        {
            Append(text, name, level);
        }
    }

    private static void Append(StringBuilder text, string name, TcbLevelClaims? level) =>
        text.Append(CultureInfo.InvariantCulture, $"\n  {name}: ").Append(level is null
            ? "no level of the vendor's list (NotSupported)"
            : string.Create(CultureInfo.InvariantCulture, $"{level.Status}, level of {level.Date:yyyy-MM-dd}"));
}
