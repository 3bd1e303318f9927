using MarbleRun.Attestation;

namespace MarbleRun.Cli.Quotes;

/// <summary>All kinds of evidence, the most specific first.</summary>
internal static class EvidenceFormats
{
    private static readonly IEvidenceFormat[] s_all = [new SnpFormat(), new DcapFormat()];

    public static IEvidenceFormat Find(Quote quote) => s_all.First(f => f.Recognizes(quote));
}
