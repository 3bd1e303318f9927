using System.Globalization;
using System.Text;
using MarbleRun.Audit;
using MarbleRun.Cli.Output;

namespace MarbleRun.Cli.Audit;

/// <summary>A record on one line, for people.</summary>
internal static class AuditText
{
    public static string Of(AuditRecord record)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{record.Sequence} {UtcTime.Of(record.Time)} ")
            .Append(CultureInfo.InvariantCulture, $"{record.Outcome.ToString().ToLowerInvariant()} {record.Action} ")
            .Append(record.User ?? (record.CertificateHash is null ? "-" : $"certificate {record.CertificateHash[..16]}…"));
        foreach ((string name, string value) in record.Details)
        {
            text.Append(CultureInfo.InvariantCulture, $" {name}={value.ReplaceLineEndings(" ")}");
        }

        return text.ToString();
    }
}
