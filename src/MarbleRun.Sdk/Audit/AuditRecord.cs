using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace MarbleRun.Audit;

/// <summary>
/// One record of the audit trail: one decision of the Coordinator, written as one line. <c>docs/audit.md</c> specifies the format byte by
/// byte.
/// </summary>
/// <param name="Sequence">Its number; the first record is 1.</param>
/// <param name="Time">The time of the decision; the line has it in UTC, to the tenth of a microsecond.</param>
/// <param name="Action">The requested action, for instance <c>manifest.set</c>.</param>
/// <param name="Outcome">The outcome.</param>
/// <param name="PreviousHash">
/// SHA-256 of the previous line without the line feed, 64 lower-case hexadecimal digits; zeros for the first record.
/// </param>
public sealed record AuditRecord(long Sequence, DateTimeOffset Time, string Action, AuditOutcome Outcome, string PreviousHash)
{
    /// <summary>The longest line, in bytes: 131,072.</summary>
    public const int MaxLineLength = 128 * 1024;

    private const int UsualLineLength = 1024;

    internal const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fffffff'Z'";

    /// <summary>The caller's name in the manifest, or null if the caller was not recognized.</summary>
    public string? User { get; init; }

    /// <summary>
    /// SHA-256 of the certificate that the caller showed, 64 lower-case hexadecimal digits, or null if it showed no certificate.
    /// </summary>
    public string? CertificateHash { get; init; }

    /// <summary>The subject of the decision, by name. Never contains a secret.</summary>
    public ImmutableSortedDictionary<string, string> Details { get; init; } = ImmutableSortedDictionary.Create<string, string>(
        StringComparer.Ordinal);

    /// <summary>Reads a line.</summary>
    /// <param name="line">The line without its line feed.</param>
    /// <param name="record">The record.</param>
    /// <returns>Whether the line is exactly what <see cref="ToLine"/> writes for a record: each record has exactly one form.</returns>
    public static bool TryParse(ReadOnlySpan<byte> line, [NotNullWhen(true)] out AuditRecord? record)
    {
        record = line.Length <= MaxLineLength ? AuditLineReader.Read(line) : null;
        if (record is not null && !line.SequenceEqual(record.ToLine()))
        {
            record = null;
        }

        return record is not null;
    }

    /// <summary>Writes the line.</summary>
    /// <returns>ASCII, without a line feed.</returns>
    public byte[] ToLine()
    {
        var line = new StringBuilder(UsualLineLength);
        line.Append(CultureInfo.InvariantCulture, $"{{\"seq\":{Sequence},\"time\":\"");
        line.Append(Time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture)).Append("\",\"action\":");
        AppendText(line, Action);
        line.Append(",\"user\":");
        AppendText(line, User);
        line.Append(",\"certificate\":");
        AppendText(line, CertificateHash);
        line.Append(",\"outcome\":");
        AppendText(line, NameOf(Outcome));
        line.Append(",\"details\":{");
        foreach ((string name, string value) in Details)
        {
            AppendText(line, name);
            line.Append(':');
            AppendText(line, value);
            line.Append(',');
        }

        line.Length -= Details.IsEmpty ? 0 : 1;
        line.Append("},\"prev\":");
        AppendText(line, PreviousHash);
        line.Append('}');
        return Encoding.ASCII.GetBytes(line.ToString());
    }

    internal static string NameOf(AuditOutcome outcome) => outcome switch
    {
        AuditOutcome.Allowed => "allowed",
        AuditOutcome.Denied => "denied",
        AuditOutcome.Failed => "failed",
        _ => throw new ArgumentOutOfRangeException(nameof(outcome)),
    };

    /// <summary>
    /// Appends JSON (RFC 8259) in ASCII: quote and backslash escaped with a backslash, everything below space and above tilde as <c>\u</c>
    /// and four lower-case digits.
    /// </summary>
    private static void AppendText(StringBuilder line, string? text)
    {
        if (text is null)
        {
            line.Append("null");
            return;
        }

        line.Append('"');
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (rune.Value is '"' or '\\')
            {
                line.Append('\\').Append((char)rune.Value);
            }
            else if (rune.Value is >= ' ' and <= '~')
            {
                line.Append((char)rune.Value);
            }
            else
            {
                foreach (char unit in rune.ToString())
                {
                    line.Append(CultureInfo.InvariantCulture, $"\\u{(int)unit:x4}");
                }
            }
        }

        line.Append('"');
    }
}
