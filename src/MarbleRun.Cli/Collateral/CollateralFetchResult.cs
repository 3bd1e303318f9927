using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using MarbleRun.Attestation.Inspection;
using MarbleRun.Cli.Output;

namespace MarbleRun.Cli.Collateral;

/// <summary>What was written into a bundle, and until when it lasts.</summary>
internal sealed class CollateralFetchResult(string bundle, ImmutableArray<CollateralFetchEntry> entries) : Result
{
    public ImmutableArray<CollateralFetchEntry> Entries => entries;

    /// <summary>When the first document ends.</summary>
    public DateTimeOffset ValidUntil => entries.SelectMany(e => e.Documents).Min(d => d.ValidUntil!.Value);

    public override void WriteText(TextWriter output)
    {
        foreach (CollateralFetchEntry entry in entries)
        {
            output.WriteLine(entry.Platform);
            int width = entry.Documents.Max(d => d.Name.Length);
            foreach (CollateralDocument document in entry.Documents)
            {
                output.WriteLine(string.Create(
                    CultureInfo.InvariantCulture,
                    $"  {document.Name.PadRight(width)}  {document.IssuedAt:yyyy-MM-dd} to {document.ValidUntil:yyyy-MM-dd HH:mm}Z"));
            }
        }

        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{bundle} was written. All of it was verified; fetch it again before {ValidUntil:yyyy-MM-dd HH:mm}Z."));
    }

    public override void WriteJson(Utf8JsonWriter json)
    {
        json.WriteString("bundle", bundle);
        json.WriteString("validUntil", ValidUntil);
        json.WriteStartArray("platforms");
        foreach (CollateralFetchEntry entry in entries)
        {
            json.WriteStartObject();
            json.WriteString("platform", entry.Platform);
            json.WriteStartArray("documents");
            foreach (CollateralDocument document in entry.Documents)
            {
                json.WriteStartObject();
                json.WriteString("name", document.Name);
                json.WriteString("issuedAt", document.IssuedAt!.Value);
                json.WriteString("validUntil", document.ValidUntil!.Value);
                if (document.TcbEvaluationDataNumber is { } number)
                {
                    json.WriteNumber("tcbEvaluationDataNumber", number);
                }

                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
