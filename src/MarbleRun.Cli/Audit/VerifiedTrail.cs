using System.Collections.Immutable;
using MarbleRun.Audit;

namespace MarbleRun.Cli.Audit;

/// <summary>A trail and what verifying it found.</summary>
/// <param name="Input">The trail.</param>
/// <param name="Found">The result; null if the trail is missing.</param>
/// <param name="Faults">All faults in the order of the lines.</param>
internal sealed record VerifiedTrail(TrailInput Input, AuditVerification? Found, ImmutableArray<AuditFault> Faults)
{
    public bool IsIntact => Found is not null && Faults.IsEmpty;

    /// <summary>The number of its first record.</summary>
    public long First => Found is null ? 0 : Found.Head.Sequence - Found.RecordCount + 1;

    public static VerifiedTrail Of(TrailInput input)
    {
        if (input.Files is not { } files)
        {
            return new VerifiedTrail(input, null, []);
        }

        // One pass for each head: there are few, and each fault is reported once.
        AuditVerification[] found =
        [
            .. input.Expected.DefaultIfEmpty().Select(expected => AuditTrail.Verify(files, input.PreviousHash, expected)),
        ];
        return new VerifiedTrail(input, found[0], [.. found.SelectMany(f => f.Faults).Distinct()]);
    }

    /// <summary>The lines that are records.</summary>
    public IEnumerable<AuditRecord> ReadRecords()
    {
        foreach (AuditFile file in Input.Files ?? [])
        {
            ReadOnlyMemory<byte> rest = file.Content;
            for (int end = rest.Span.IndexOf((byte)'\n'); end >= 0; end = rest.Span.IndexOf((byte)'\n'))
            {
                if (AuditRecord.TryParse(rest.Span[..end], out AuditRecord? record))
                {
                    yield return record;
                }

                rest = rest[(end + 1)..];
            }
        }
    }
}
