using System.Diagnostics.CodeAnalysis;

namespace MarbleRun.Attestation.Evidence;

/// <summary>
/// Evidence in the forms that tools, logs and services use: binary, hexadecimal, base64, PEM, a Coordinator's JSON answer, or a report of
/// Azure's. The evidence is not verified. Marbles and Coordinators accept only binary evidence.
/// </summary>
public sealed class EvidenceFile
{
    /// <summary>The longest content that is read, in bytes: evidence of the largest size in the longest form.</summary>
    public const int MostBytes = 512 * 1024;

    private EvidenceFile(Quote quote, EvidenceForm form, string? remark)
    {
        Quote = quote;
        Form = form;
        Remark = remark;
    }

    /// <summary>The evidence.</summary>
    public Quote Quote { get; }

    /// <summary>The outermost form, or <see cref="EvidenceForm.AzureHcl"/> for an Azure report in any form.</summary>
    public EvidenceForm Form { get; }

    /// <summary>A note on evidence of this form, or null.</summary>
    public string? Remark { get; }

    /// <summary>Reads evidence in any of the forms.</summary>
    /// <param name="content">The whole content of a file or answer.</param>
    /// <param name="file">The evidence; bytes of an unknown form count as binary evidence, so that the verifier reports the error.</param>
    /// <param name="fault">What the content is instead, and what to do.</param>
    public static bool TryRead(
        ReadOnlyMemory<byte> content, [NotNullWhen(true)] out EvidenceFile? file, [NotNullWhen(false)] out string? fault)
    {
        file = null;
        if (content.Length > MostBytes)
        {
            fault = $"It has {content.Length} bytes; evidence has at most {MostBytes} in any form.";
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
