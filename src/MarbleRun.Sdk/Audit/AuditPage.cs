using System.Collections.Immutable;

namespace MarbleRun.Audit;

/// <summary>
/// Records that a Coordinator answered, with the end of its trail. The records come from its disk, the head from its protected memory: <see
/// cref="Verify"/> shows whether they belong together.
/// </summary>
public sealed class AuditPage
{
    /// <summary>Initializes a new instance of the <see cref="AuditPage"/> class.</summary>
    /// <param name="lines">The lines in their order, each without its line feed.</param>
    /// <param name="head">The end of the trail when the Coordinator answered.</param>
    public AuditPage(ImmutableArray<ReadOnlyMemory<byte>> lines, AuditHead head)
    {
        ArgumentNullException.ThrowIfNull(head);
        Lines = lines;
        Head = head;
        Records = [.. lines.Select(line => AuditRecord.TryParse(line.Span, out AuditRecord? record) ? record : null).OfType<AuditRecord>()];
    }

    /// <summary>The lines in their order, each without its line feed.</summary>
    public ImmutableArray<ReadOnlyMemory<byte>> Lines { get; }

    /// <summary>The lines that are records. Any other line is a fault of <see cref="Verify"/>.</summary>
    public ImmutableArray<AuditRecord> Records { get; }

    /// <summary>The end of the trail when the Coordinator answered; later than the last line if there are more records.</summary>
    public AuditHead Head { get; }

    /// <summary>The name of the Coordinator whose trail it is, among those that share a store; empty for one that shares none.</summary>
    public string Replica { get; init; } = string.Empty;

    /// <summary>
    /// The end of each Coordinator's trail as the sealed state knew it last, by the Coordinator's name: the trail must still contain that
    /// record, and usually has later ones. Empty before the first change, and from a Coordinator that does not answer it.
    /// </summary>
    public ImmutableSortedDictionary<string, AuditHead> Heads { get; init; } =
        ImmutableSortedDictionary.Create<string, AuditHead>(StringComparer.Ordinal);

    /// <summary>Whether the last line is the last record of the trail, or there are no lines.</summary>
    public bool IsLast => Lines.IsEmpty || Records is [.., var last] && last.Sequence >= Head.Sequence;

    /// <summary>
    /// Checks that the lines are records that follow <paramref name="previous"/> and one another, and that the last record of the trail is
    /// the one with the hash of <see cref="Head"/>.
    /// </summary>
    /// <param name="previous">
    /// The end of the records before, for instance the head of the page before or <see cref="AuditHead.Start"/>; null if it is not known:
    /// missing records before the first line are then not detected.
    /// </param>
    /// <returns>The result; its head is that of the last line. Faults do not cause an exception.</returns>
    public AuditVerification Verify(AuditHead? previous)
    {
        byte[] content = [.. Lines.SelectMany(line => (byte[])[.. line.Span, (byte)'\n'])];
        string? expected = IsLast && (previous is not null || !Lines.IsEmpty) ? Head.Hash : null;
        AuditVerification found = AuditTrail.Verify([new AuditFile("records", content)], previous?.Hash, expected);
        if (Lines.IsEmpty && previous is not null)
        {
            found = found with { Head = previous };
        }

        return previous is null || Head.Sequence >= previous.Sequence
            ? found
            : found with
            {
                Faults =
                [
                    new AuditFault(
                        "records",
                        0,
                        $"the trail ends with record {Head.Sequence}, before record {previous.Sequence}: it was cut off, or is another "
                        + "one"),
                ],
            };
    }
}
