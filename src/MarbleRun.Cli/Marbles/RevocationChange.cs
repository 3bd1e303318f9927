using System.Globalization;
using System.Text.Json;
using MarbleRun.Cli.Output;
using MarbleRun.Management.Revocations;

namespace MarbleRun.Cli.Marbles;

/// <summary>What a revocation, or lifting one, did: its state, the Marbles, and the secrets that they held.</summary>
internal sealed class RevocationChange(RevocationResult result) : Result
{
    public override void WriteText(TextWriter output)
    {
        Revocation revocation = result.Revocation;
        string state = result.IsLifted ? "is lifted"
            : !revocation.IsInForce ? "waits for approval"
            : revocation.MissingApprovals > 0 ? "is still in force, and waits for approval to be lifted"
            : "is in force";
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture, $"Revocation {revocation.Number} of {RevocationText.SubjectOf(revocation)} {state}."));
        if (result.IsLifted)
        {
            return;
        }

        foreach (string line in RevocationText.Missing(revocation))
        {
            output.WriteLine(line);
        }

        if (!result.Marbles.IsEmpty)
        {
            output.WriteLine();
            MarblesResult.WriteTable(output, result.Marbles);
        }

        if (result.OmittedMarbles > 0)
        {
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{result.OmittedMarbles} more are not listed."));
        }

        if (!result.Secrets.IsEmpty)
        {
            output.WriteLine();
            output.WriteLine(
                "These Marbles held the following secrets. Replace them if the Marbles were not trustworthy: "
                + string.Join(", ", result.Secrets.Select(SafeText.Of)));
        }
    }

    public override void WriteJson(Utf8JsonWriter json)
    {
        json.WriteStartObject("revocation");
        RevocationText.WriteMembers(json, result.Revocation);
        json.WriteEndObject();
        json.WriteBoolean("lifted", result.IsLifted);
        MarblesResult.WriteArray(json, result.Marbles);
        json.WriteNumber("omittedMarbles", result.OmittedMarbles);
        JsonTexts.Write(json, "secrets", result.Secrets);
    }
}
