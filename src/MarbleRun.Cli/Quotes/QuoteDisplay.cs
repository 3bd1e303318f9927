using MarbleRun.Attestation;

namespace MarbleRun.Cli.Quotes;

/// <summary><c>marblerun quote show</c>.</summary>
internal static class QuoteDisplay
{
    public static async Task<int> RunAsync(string file, TextWriter output, CancellationToken cancellationToken)
    {
        Quote quote = Quote.FromEvidence(await InputFile.ReadAsync(file, "evidence", cancellationToken));
        IEvidenceFormat format = EvidenceFormats.Find(quote);
        string? fault = null;
        string text = JsonText.Write(writer =>
        {
            writer.WriteStartObject();
            _ = format.TryWriteContent(writer, quote, out fault);
            writer.WriteEndObject();
        });
        if (fault is not null)
        {
            throw new InputException($"The evidence {file} can't be read: {fault}.");
        }

        await output.WriteLineAsync(text);
        return ExitCodes.Accepted;
    }
}
