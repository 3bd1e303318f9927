using MarbleRun.Attestation;
using MarbleRun.Attestation.Evidence;

namespace MarbleRun.Cli.Quotes;

/// <summary><c>marblerun quote show</c>.</summary>
internal static class QuoteDisplay
{
    public static async Task<int> RunAsync(string file, string form, TextWriter output, CancellationToken cancellationToken)
    {
        EvidenceFile evidence = await EvidenceInput.ReadAsync(file, form, cancellationToken);
        Quote quote = evidence.Quote;
        IEvidenceFormat format = EvidenceFormats.Find(quote);
        string? fault = null;
        string text = JsonText.Write(writer =>
        {
            writer.WriteStartObject();
            _ = format.TryWriteContent(writer, quote, out fault);
            VerdictJson.WriteForm(writer, evidence);
            writer.WriteEndObject();
        });
        if (fault is not null)
        {
            throw new InputException($"The evidence {file} can't be read: {fault}.");
        }

        await output.WriteLineAsync(text);
        return ExitCodes.Ok;
    }
}
