using System.Collections.Immutable;
using System.Security.Cryptography;
using MarbleRun.Audit;
using MarbleRun.Coordinator.State.Stores;

namespace MarbleRun.Coordinator.Stores.Tests;

/// <summary>Chains records as a Coordinator does, and sends them to a store.</summary>
internal sealed class TestAuditTrail(IAuditStore store, string replica)
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <summary>The end of what was sent.</summary>
    public AuditHead Head { get; private set; } = AuditHead.Start;

    /// <summary>The next records, without sending them.</summary>
    public IReadOnlyList<ReadOnlyMemory<byte>> Prepare(int count, string detail = "value")
    {
        var lines = new List<ReadOnlyMemory<byte>>();
        for (int i = 0; i < count; i++)
        {
            byte[] line = new AuditRecord(Head.Sequence + 1, TimeProvider.System.GetUtcNow(), "test", AuditOutcome.Allowed, Head.Hash)
            {
                Details = ImmutableSortedDictionary<string, string>.Empty.Add("text", detail),
            }.ToLine();
            lines.Add(line);
            Head = new AuditHead(Head.Sequence + 1, Convert.ToHexStringLower(SHA256.HashData(line)));
        }

        return lines;
    }

    /// <summary>Sends records that were prepared last.</summary>
    public ValueTask SendAsync(IReadOnlyList<ReadOnlyMemory<byte>> lines) =>
        store.AppendAsync(replica, Head.Sequence - lines.Count + 1, lines, Token);

    public ValueTask AppendAsync(int count, string detail = "value") => SendAsync(Prepare(count, detail));

    /// <summary>Everything that is in the store, verified by the product's own rules.</summary>
    public static async Task<AuditVerification> VerifyAsync(IAuditStore store, string replica, string? expectedHead = null)
    {
        var content = new MemoryStream();
        long next = 1;
        while (await store.ReadAsync(replica, next, 1000, Token) is { Count: > 0 } lines)
        {
            Assert.Equal(Enumerable.Range(0, lines.Count).Select(i => next + i), lines.Select(line => line.Sequence));
            Assert.True(lines.Count == 1 || lines.Sum(line => line.Line.Length) <= IAuditStore.MaxReadBytes);
            foreach (StoredAuditLine line in lines)
            {
                content.Write([.. line.Line.Span, (byte)'\n']);
            }

            next = lines[^1].Sequence + 1;
        }

        return AuditTrail.Verify([new AuditFile("store", content.ToArray())], AuditHead.Start.Hash, expectedHead);
    }
}
