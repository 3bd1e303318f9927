using System.Buffers;
using System.IO.Pipelines;
using MarbleRun.Audit;
using MarbleRun.Coordinator.Audit;

namespace MarbleRun.Coordinator.AuditReading;

/// <summary>Reads lines from the files of a trail to which a writer adds.</summary>
internal static class AuditFiles
{
    /// <summary>No further line is read after so many bytes; one line is always read.</summary>
    public const int MaxBytes = 1024 * 1024;

    /// <summary>Reads the records after one.</summary>
    /// <param name="directory">The folder of the trail.</param>
    /// <param name="after">The number of the record before the first one.</param>
    /// <param name="last">The last record that is on the disk for good.</param>
    /// <param name="limit">The most records.</param>
    /// <param name="lines">Gets the lines.</param>
    /// <param name="cancellationToken">Ends the reading.</param>
    public static async Task ReadAsync(
        string directory, long after, long last, int limit, List<ReadOnlyMemory<byte>> lines, CancellationToken cancellationToken)
    {
        var wanted = new Wanted(after, last, limit, lines);
        // A file that was archived while it was listed is an IOException, and the caller asks again.
        (long First, string Path)[] files =
        [
            .. AuditFileNames.Enumerate(directory)
                .Select(path => (AuditFileNames.FirstOf(path) ?? long.MaxValue, path))
                .Where(file => file.Item1 <= wanted.Last)
                .Order(),
        ];
        int from = Math.Max(Array.FindLastIndex(files, file => file.First <= wanted.After + 1), 0);
        foreach ((long first, string path) in files.Skip(from))
        {
            if (!await ReadFileAsync(path, first, wanted, cancellationToken))
            {
                return;
            }
        }
    }

    /// <returns>Whether the next file is needed.</returns>
    private static async Task<bool> ReadFileAsync(string path, long first, Wanted wanted, CancellationToken cancellationToken)
    {
        await using var file = new FileStream(
            path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0, useAsync: true);
        PipeReader reader = PipeReader.Create(file, new StreamPipeReaderOptions(bufferSize: 64 * 1024, leaveOpen: true));
        long sequence = first;
        while (true)
        {
            ReadResult read = await reader.ReadAsync(cancellationToken);
            ReadOnlySequence<byte> rest = read.Buffer;
            while (rest.PositionOf((byte)'\n') is { } end)
            {
                ReadOnlySequence<byte> line = rest.Slice(0, end);
                if (sequence > wanted.Last || (sequence > wanted.After && !wanted.TryAdd(line)))
                {
                    return false;
                }

                rest = rest.Slice(rest.GetPosition(1, end));
                sequence++;
            }

            if (rest.Length > AuditRecord.MaxLineLength)
            {
                throw new AuditException($"The audit trail was changed: '{path}' has a line that is too long for a record.");
            }

            reader.AdvanceTo(rest.Start, rest.End);
            if (read.IsCompleted)
            {
                return true;
            }
        }
    }

    /// <summary>What an answer takes, until it is full.</summary>
    private sealed record Wanted(long After, long Last, int Limit, List<ReadOnlyMemory<byte>> Lines)
    {
        private long _bytes;

        public bool TryAdd(ReadOnlySequence<byte> line)
        {
            if (Lines.Count == Limit || (Lines.Count > 0 && _bytes + line.Length > MaxBytes))
            {
                return false;
            }

            _bytes += line.Length;
            Lines.Add(line.ToArray());
            return true;
        }
    }
}
