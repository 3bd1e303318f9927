using System.Globalization;
using System.Text.Json;
using MarbleRun.Cli.Output;
using MarbleRun.Management.Revocations;

namespace MarbleRun.Cli.Marbles;

/// <summary>The revocations of a mesh.</summary>
internal sealed class RevocationsResult(IReadOnlyList<Revocation> revocations) : Result
{
    public override void WriteText(TextWriter output)
    {
        if (revocations.Count == 0)
        {
            output.WriteLine("There are no revocations.");
            return;
        }

        TextTable.Write(
            output,
            ["NUMBER", "STATE", "SUBJECT", "MISSING", "REASON"],
            revocations.OrderBy(r => r.Number).Select(r => (string[])[
                r.Number.ToString(CultureInfo.InvariantCulture),
                r.IsInForce ? "in force" : "waits",
                RevocationText.SubjectOf(r),
                r.MissingApprovals.ToString(CultureInfo.InvariantCulture),
                r.Reason,
            ]));
    }

    public override void WriteJson(Utf8JsonWriter json)
    {
        json.WriteStartArray("revocations");
        foreach (Revocation revocation in revocations.OrderBy(r => r.Number))
        {
            json.WriteStartObject();
            RevocationText.WriteMembers(json, revocation);
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
