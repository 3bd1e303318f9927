using System.Collections.Immutable;
using System.Security.Cryptography;

namespace MarbleRun.Audit;

/// <summary>Follows the lines of a trail. After a fault it continues with the next line, so that one fault does not hide another.</summary>
internal sealed class AuditChain(string? previousHash, string? expectedHead)
{
    private const int MaxFaults = 100;

    private readonly ImmutableArray<AuditFault>.Builder _faults = ImmutableArray.CreateBuilder<AuditFault>();
    private AuditHead? _head = previousHash == AuditHead.Start.Hash ? AuditHead.Start : null;
    private bool _sawExpected = expectedHead is null || expectedHead == previousHash;
    private bool _hasRecords;
    private long _count;
    private int _unfinished;
    private string _file = string.Empty;
    private int _line;

    public void Follow(AuditFile file, bool isLast)
    {
        _file = file.Name;
        _line = 0;
        ReadOnlySpan<byte> rest = file.Content.Span;
        for (int end = rest.IndexOf((byte)'\n'); end >= 0; end = rest.IndexOf((byte)'\n'))
        {
            _line++;
            Follow(rest[..end]);
            rest = rest[(end + 1)..];
        }

        _unfinished = rest.Length;
        if (_unfinished > 0 && !isLast)
        {
            _line++;
            Fault("the line has no end, and more files follow");
        }
    }

    public AuditVerification Finish()
    {
        if (!_sawExpected)
        {
            Fault($"no line has the hash {expectedHead}: the trail was cut off, or was changed before that record");
        }

        return new AuditVerification
        {
            Faults = _faults.ToImmutable(),
            RecordCount = _count,
            Head = _head ?? new AuditHead(0, previousHash ?? AuditHead.Start.Hash),
            UnfinishedBytes = _unfinished,
        };
    }

    private void Follow(ReadOnlySpan<byte> line)
    {
        _count++;
        string hash = Convert.ToHexStringLower(SHA256.HashData(line));
        _sawExpected |= hash == expectedHead;
        long sequence;
        if (AuditRecord.TryParse(line, out AuditRecord? record))
        {
            Compare(record);
            sequence = record.Sequence;
        }
        else
        {
            Fault("this is not an audit record, or not written as one");
            sequence = (_head?.Sequence ?? 0) + 1;
        }

        _head = new AuditHead(sequence, hash);
        _hasRecords = true;
    }

    private void Compare(AuditRecord record)
    {
        string? before = _head?.Hash ?? previousHash;
        bool follows = before is null || record.PreviousHash == before;

        // Without the previous record, any number is accepted.
        long expected = _head is null ? record.Sequence : _head.Sequence + 1;
        string place = _hasRecords ? $"follows record {expected - 1}" : "is the first one here";
        if (record.Sequence < 1)
        {
            Fault($"records are numbered from 1, and this one has the number {record.Sequence}");
        }
        else if (record.Sequence > expected)
        {
            Fault($"record {record.Sequence} {place}: {Records(expected, record.Sequence - 1)} missing");
        }
        else if (record.Sequence < expected)
        {
            Fault($"record {record.Sequence} {place}: it was inserted, repeated or put in another order");
        }
        else if (!follows)
        {
            Fault(
                $"record {record.Sequence} was written after a line with the hash {record.PreviousHash}, not {before}: "
                + (_hasRecords
                    ? "the line before it was changed, or exchanged"
                    : "records before it are missing, or this is another trail"));
        }
    }

    private static string Records(long first, long last) => first == last ? $"record {first} is" : $"records {first} to {last} are";

    private void Fault(string message)
    {
        if (_faults.Count < MaxFaults)
        {
            _faults.Add(new AuditFault(_file, _line, message));
        }
    }
}
