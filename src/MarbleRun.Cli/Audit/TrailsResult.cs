using System.Collections.Immutable;
using System.Text.Json;
using MarbleRun.Audit;
using MarbleRun.Cli.Output;

namespace MarbleRun.Cli.Audit;

/// <summary>What verifying one or several trails found.</summary>
internal sealed class TrailsResult(ImmutableArray<VerifiedTrail> trails, bool isMerged) : Result
{
    public bool IsIntact => trails.All(trail => trail.IsIntact);

    private bool IsNamed => trails.Any(trail => trail.Input.Name.Length > 0);

    public override void WriteText(TextWriter output)
    {
        foreach (VerifiedTrail trail in trails)
        {
            string name = trail.Input.Name.Length == 0 ? string.Empty : $"{trail.Input.Name}: ";
            foreach (string line in LinesOf(trail))
            {
                output.WriteLine(name + line);
            }
        }

        if (IsIntact && trails.All(trail => trail.Input.Expected.IsEmpty && !trail.Input.IsListed))
        {
            output.WriteLine(IsNamed
                ? "Compare the trails with the heads that a Coordinator knows: --heads then detects whether a trail is missing, or records "
                    + "at its end."
                : "Store the head elsewhere: --expect-head then detects whether records were removed, or the last one changed.");
        }

        if (isMerged)
        {
            output.WriteLine("The records in the order of their times; the clocks of several machines differ:");
            foreach ((string name, AuditRecord record) in TrailMerge.Of(trails))
            {
                output.WriteLine((name.Length == 0 ? string.Empty : $"{name} ") + AuditText.Of(record));
            }
        }
    }

    public override void WriteJson(Utf8JsonWriter json)
    {
        json.WriteBoolean("intact", IsIntact);
        json.WriteStartArray("trails");
        foreach (VerifiedTrail trail in trails)
        {
            Write(json, trail);
        }

        json.WriteEndArray();
        if (isMerged)
        {
            json.WriteStartArray("records");
            foreach ((string name, AuditRecord record) in TrailMerge.Of(trails))
            {
                json.WriteStartObject();
                json.WriteString("replica", name);
                json.WritePropertyName("record");
                json.WriteRawValue(record.ToLine());
                json.WriteEndObject();
            }

            json.WriteEndArray();
        }
    }

    private static IEnumerable<string> LinesOf(VerifiedTrail trail)
    {
        if (trail.Found is not { } found)
        {
            yield return $"The trail is missing: the heads name its record {trail.Input.Known!.Sequence}.";
            yield break;
        }

        foreach (AuditFault fault in trail.Faults)
        {
            yield return $"{fault.File}:{fault.Line}: {fault.Message}";
        }

        if (!trail.IsIntact)
        {
            yield return $"The trail was changed; faults: {trail.Faults.Length}, lines: {found.RecordCount}.";
            yield break;
        }

        yield return found.RecordCount == 0
            ? "The trail is intact: it has no records."
            : $"The trail is intact: records {trail.First} to {found.Head.Sequence}.";
        if (found.UnfinishedBytes > 0)
        {
            yield return $"{found.UnfinishedBytes} bytes after them are an unfinished record; its request was not answered.";
        }

        yield return $"head {found.Head.Hash}";
        if (trail.Input is { IsListed: true, Known: null })
        {
            yield return "The heads do not name this trail: whether records at its end were removed is not known.";
        }
    }

    private static void Write(Utf8JsonWriter json, VerifiedTrail trail)
    {
        json.WriteStartObject();
        json.WriteString("replica", trail.Input.Name);
        json.WriteString("state", trail.Found is null ? "missing" : trail.IsIntact ? "intact" : "changed");
        if (trail.Found is { } found)
        {
            json.WriteNumber("first", trail.First);
            json.WriteNumber("records", found.RecordCount);
            json.WriteNumber("unfinishedBytes", found.UnfinishedBytes);
            json.WriteStartObject("head");
            json.WriteNumber("sequence", found.Head.Sequence);
            json.WriteString("hash", found.Head.Hash);
            json.WriteEndObject();
        }

        if (trail.Input.Known is { } known)
        {
            json.WriteStartObject("known");
            json.WriteNumber("sequence", known.Sequence);
            json.WriteString("hash", known.Hash);
            json.WriteEndObject();
        }

        json.WriteStartArray("faults");
        foreach (AuditFault fault in trail.Faults)
        {
            json.WriteStartObject();
            json.WriteString("file", fault.File);
            json.WriteNumber("line", fault.Line);
            json.WriteString("message", fault.Message);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
