using MarbleRun.Audit;

namespace MarbleRun.Cli.Audit;

/// <summary>
/// One time line of several trails. Within a trail the numbers determine the order, also where its clock was set back; between trails the
/// times do, and the names if they are equal.
/// </summary>
internal static class TrailMerge
{
    public static IEnumerable<(string Name, AuditRecord Record)> Of(IEnumerable<VerifiedTrail> trails)
    {
        var next = new PriorityQueue<(string Name, IEnumerator<AuditRecord> Records), (DateTimeOffset Time, string Name)>(
            Comparer<(DateTimeOffset Time, string Name)>.Create((a, b) =>
                a.Time != b.Time ? a.Time.CompareTo(b.Time) : string.CompareOrdinal(a.Name, b.Name)));
        foreach (VerifiedTrail trail in trails)
        {
            Add(trail.Input.Name, trail.ReadRecords().GetEnumerator());
        }

        while (next.TryDequeue(out (string Name, IEnumerator<AuditRecord> Records) trail, out _))
        {
            yield return (trail.Name, trail.Records.Current);
            Add(trail.Name, trail.Records);
        }

        void Add(string name, IEnumerator<AuditRecord> records)
        {
            if (records.MoveNext())
            {
                next.Enqueue((name, records), (records.Current.Time, name));
            }
            else
            {
                records.Dispose();
            }
        }
    }
}
