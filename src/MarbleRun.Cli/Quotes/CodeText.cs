using System.Globalization;
using System.Text;
using MarbleRun.Attestation.Claims;

namespace MarbleRun.Cli.Quotes;

/// <summary>Formats the claims of evidence about its code, for people.</summary>
internal static class CodeText
{
    public static string Write(QuoteClaims claims)
    {
        var text = new StringBuilder();
        switch (claims.Tee)
        {
            case TeeType.Tdx:
                Line(text, "MRTD", claims.UniqueId);
                break;
            case TeeType.Snp:
                Line(text, "measurement", claims.Snp?.Measurement ?? claims.UniqueId);
                Line(text, "host data", claims.Snp?.HostData);
                break;
            default:
                Line(text, "MRENCLAVE", claims.UniqueId);
                Line(text, "MRSIGNER", claims.SignerId);
                Line(text, "product", claims.ProductId.ToString(CultureInfo.InvariantCulture));
                Line(text, "security version", claims.SecurityVersion.ToString(CultureInfo.InvariantCulture));
                break;
        }

        Line(text, "report data", claims.ReportData.ToString());
        return text.ToString();
    }

    private static void Line(StringBuilder text, string name, string? value)
    {
        if (!string.IsNullOrEmpty(value))
        {
            text.Append('\n').Append(name).Append(": ").Append(value);
        }
    }
}
