using System.Text.Json;
using MarbleRun.Coordinator.Diagnostics;
using MarbleRun.Coordinator.Identities;
using MarbleRun.Coordinator.State.Trust;

namespace MarbleRun.Coordinator.Revocation;

/// <summary>Writes identities and revocations as the client API has them.</summary>
internal static class MarbleJson
{
    /// <summary>The answer to a revocation has at most so many identities, and says how many it omits.</summary>
    private const int MaxMarbles = 1000;

    public static void Write(Utf8JsonWriter json, KnownMarble known, RevocationSet revocations)
    {
        json.WriteStartObject();
        json.WriteString("marbleType", known.Marble.MarbleType);
        json.WriteString("uuid", MarbleRun.Identity.MarbleUuid.ToCanonical(known.Marble.Uuid));
        json.WriteString("measurement", known.Marble.Measurement);
        json.WriteString("platform", known.Marble.Platform);
        WriteTexts(json, "names", known.Names);
        if (known.OmittedNames > 0)
        {
            json.WriteNumber("omittedNames", known.OmittedNames);
        }

        json.WriteString("certificate", known.Certificate);
        json.WriteString("serialNumber", Convert.ToHexStringLower(known.SerialNumber.Span));
        json.WriteString("since", SecondText.Format(known.NotBefore));
        json.WriteString("until", SecondText.Format(known.NotAfter));
        json.WriteString("lastSeen", SecondText.Format(known.LastSeen));
        if (revocations.Find(known.Marble) is { } revocation)
        {
            json.WriteNumber("revocation", revocation.Number);
        }

        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, RevocationReport report, RevocationSet revocations)
    {
        json.WriteStartObject();
        json.WritePropertyName("revocation");
        Write(json, report);
        json.WriteBoolean("lifted", report.IsLifted);
        json.WriteStartArray("marbles");
        foreach (KnownMarble known in report.Marbles.Take(MaxMarbles))
        {
            Write(json, known, revocations);
        }

        json.WriteEndArray();
        json.WriteNumber("omittedMarbles", Math.Max(0, report.Marbles.Count - MaxMarbles));
        WriteTexts(json, "secrets", report.Secrets);
        json.WriteEndObject();
    }

    public static void Write(Utf8JsonWriter json, RevocationReport report)
    {
        MarbleRevocation revocation = report.Revocation;
        json.WriteStartObject();
        json.WriteNumber("number", revocation.Number);
        json.WriteStartObject("subject");
        json.WriteString(revocation.Subject.Kind.ToName(), revocation.Subject.Value);
        json.WriteEndObject();
        WriteTexts(json, "marbleTypes", revocation.MarbleTypes);
        json.WriteString("reason", revocation.Reason);
        json.WriteBoolean("inForce", revocation.IsInForce);
        json.WriteString("since", revocation.Since is { } since ? SecondText.Format(since) : null);
        WriteVotes(json, "approvals", revocation.Approvals);
        WriteVotes(json, "liftApprovals", revocation.LiftApprovals);
        json.WriteNumber("missingApprovals", report.Missing);
        WriteTexts(json, "missingUsers", report.MissingUsers);
        json.WriteEndObject();
    }

    private static void WriteVotes(Utf8JsonWriter json, string name, IEnumerable<RevocationVote> votes)
    {
        json.WriteStartArray(name);
        foreach (RevocationVote vote in votes)
        {
            json.WriteStartObject();
            json.WriteString("user", vote.User);
            json.WriteString("time", SecondText.Format(vote.Time));
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }

    private static void WriteTexts(Utf8JsonWriter json, string name, IEnumerable<string> texts)
    {
        json.WriteStartArray(name);
        foreach (string text in texts)
        {
            json.WriteStringValue(text);
        }

        json.WriteEndArray();
    }
}
