using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using MarbleRun.Audit;

namespace MarbleRun.Tests.Audit;

/// <summary>Lines of a trail, and what becomes of them.</summary>
internal sealed record TestTrail(ImmutableArray<byte[]> Lines)
{
    public AuditHead Head => new(Lines.Length, HashOf(Lines[^1]));

    public static TestTrail Create(int records)
    {
        var lines = ImmutableArray.CreateBuilder<byte[]>();
        string previous = AuditHead.Start.Hash;
        for (int i = 1; i <= records; i++)
        {
            byte[] line = RecordOf(i, previous).ToLine();
            previous = HashOf(line);
            lines.Add(line);
        }

        return new TestTrail(lines.ToImmutable());
    }

    public static AuditRecord RecordOf(long sequence, string previous) =>
        new(
            sequence,
            new DateTimeOffset(2031, 5, 6, 7, 8, 9, TimeSpan.Zero).AddTicks(sequence),
            "secrets.read",
            (AuditOutcome)((sequence % 3) + 1),
            previous)
        {
            User = sequence % 2 == 0 ? "admin" : null,
            Details = ImmutableSortedDictionary<string, string>.Empty.Add("secrets", $"secret {sequence}"),
        };

    public static string HashOf(byte[] line) => Convert.ToHexStringLower(SHA256.HashData(line));

    /// <summary>As files of so many lines each.</summary>
    public AuditFile[] ToFiles(int linesPerFile = int.MaxValue) =>
        [.. Lines.Chunk(Math.Min(linesPerFile, Math.Max(Lines.Length, 1))).Select(
            (chunk, i) => new AuditFile($"file {i + 1}", Join(chunk)))];

    public AuditVerification Verify(int linesPerFile = int.MaxValue, string? expectedHead = null) =>
        AuditTrail.Verify(ToFiles(linesPerFile), AuditHead.Start.Hash, expectedHead);

    private static byte[] Join(byte[][] lines) => [.. lines.SelectMany(line => (byte[])[.. line, (byte)'\n'])];

    public override string ToString() => string.Join('\n', Lines.Select(Encoding.ASCII.GetString));
}
