using System.Text.Json;
using MarbleRun.Cli.Output;
using MarbleRun.Management.Revocations;

namespace MarbleRun.Cli.Marbles;

/// <summary>The Marbles that a Coordinator knows.</summary>
internal sealed class MarblesResult(IssuedMarbles known) : Result
{
    private IEnumerable<IssuedMarble> Sorted =>
        known.Marbles
            .OrderBy(m => m.MarbleType, StringComparer.Ordinal)
            .ThenBy(m => m.Since)
            .ThenBy(m => m.Certificate, StringComparer.Ordinal);

    public override void WriteText(TextWriter output)
    {
        if (known.Marbles.Count == 0)
        {
            output.WriteLine("The Coordinator knows no Marbles.");
        }
        else
        {
            WriteTable(output, Sorted);
        }

        output.WriteLine($"The list is complete since {UtcTime.Of(known.CompleteSince)}.");
    }

    public override void WriteJson(Utf8JsonWriter json)
    {
        json.WriteString("completeSince", UtcTime.Of(known.CompleteSince));
        WriteArray(json, Sorted);
    }

    public static void WriteTable(TextWriter output, IEnumerable<IssuedMarble> marbles) => TextTable.Write(
        output,
        ["TYPE", "UUID", "VALID UNTIL", "LAST SEEN", "CERTIFICATE (SHA-256)"],
        marbles.Select(m => (string[])[m.MarbleType, m.Id.ToString(), UtcTime.Of(m.Until), UtcTime.Of(m.LastSeen), m.Certificate]));

    public static void WriteArray(Utf8JsonWriter json, IEnumerable<IssuedMarble> marbles)
    {
        json.WriteStartArray("marbles");
        foreach (IssuedMarble marble in marbles)
        {
            json.WriteStartObject();
            json.WriteString("type", marble.MarbleType);
            json.WriteString("uuid", marble.Id);
            json.WriteString("measurement", marble.Measurement);
            json.WriteString("platform", marble.Platform);
            JsonTexts.Write(json, "names", marble.Names);
            json.WriteString("certificate", marble.Certificate);
            json.WriteString("serialNumber", marble.SerialNumber);
            json.WriteString("since", UtcTime.Of(marble.Since));
            json.WriteString("until", UtcTime.Of(marble.Until));
            json.WriteString("lastSeen", UtcTime.Of(marble.LastSeen));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
