using System.Diagnostics.CodeAnalysis;

namespace MarbleRun.Attestation.Evidence;

/// <summary>
/// Evidence as tools, logs and services write it down: binary, hexadecimal, base64, PEM, in a Coordinator's JSON answer, or in a report of
/// Azure's. What is read is unverified evidence. Marbles and Coordinators take binary evidence alone.
/// </summary>
public sealed class EvidenceFile
{
    /// <summary>The longest content that is read, in bytes: evidence of the largest size, in the wordiest of these forms.</summary>
    public const int MostBytes = 512 * 1024;

    private EvidenceFile(Quote quote, EvidenceForm form, string? remark)
    {
        Quote = quote;
        Form = form;
        Remark = remark;
    }

    /// <summary>The evidence.</summary>
    public Quote Quote { get; }

    /// <summary>The outermost form that it had, but <see cref="EvidenceForm.AzureHcl"/> whatever was around it.</summary>
    public EvidenceForm Form { get; }

    /// <summary>What a reader must know of evidence of this form; null for nothing.</summary>
    public string? Remark { get; }

    /// <summary>Reads evidence in any of the forms.</summary>
    /// <param name="content">The whole content of a file or answer.</param>
    /// <param name="file">
    /// The evidence; bytes that are of no known form are taken for binary evidence, so that a verifier reports what is wrong with them.
    /// </param>
    /// <param name="fault">What the content is instead, and what to do: one or two sentences.</param>
    public static bool TryRead(
        ReadOnlyMemory<byte> content, [NotNullWhen(true)] out EvidenceFile? file, [NotNullWhen(false)] out string? fault)
    {
        file = null;
        if (content.Length > MostBytes)
        {
            fault = $"It has {content.Length} bytes; evidence has at most {MostBytes}, written down in any form.";
            return false;
        }

        EvidenceForm form = EvidenceForm.Binary;
        byte[]? decoded = null;
        fault = null;
        if (TextForm.IsText(content.Span) && !EvidenceText.TryDecode(content, out form, out decoded, out fault))
        {
            return false;
        }

        ReadOnlyMemory<byte> bytes = decoded ?? content;
        if (!TextForm.IsAzureHclReport(bytes.Span))
        {
            file = new EvidenceFile(Quote.FromEvidence(bytes.Span), form, remark: null);
            return true;
        }

        if (!HclReport.TryReadReport(bytes, out ReadOnlyMemory<byte> report, out fault))
        {
            return false;
        }

        file = new EvidenceFile(Quote.FromRaw(report.Span), EvidenceForm.AzureHcl, HclReport.Remark);
        return true;
    }
}
