using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.Json;
using MarbleRun.Audit;

namespace MarbleRun.Management;

public sealed partial class CoordinatorClient
{
    private const int LargestAuditPage = 1000;

    /// <inheritdoc/>
    public async Task<AuditPage> GetAuditAsync(
        long after = 0, int limit = 100, string? replica = null, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(after);
        ArgumentOutOfRangeException.ThrowIfNegative(limit);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, LargestAuditPage);
        JsonElement data = await _connection.GetAsync(
            string.Create(CultureInfo.InvariantCulture, $"api/v2/audit?after={after}&limit={limit}")
                + (replica is null ? string.Empty : $"&replica={Uri.EscapeDataString(replica)}"),
            CoordinatorConnection.LargestReply,
            cancellationToken).ConfigureAwait(false);
        return new AuditPage(
            [.. ReplyMembers.GetTexts(data, "records").Select(ReadLine)], ReadHead(ReplyMembers.GetObject(data, "head")))
        {
            Replica = ReplyMembers.FindText(data, "replica") ?? string.Empty,
            Heads = ReadHeads(data),
        };
    }

    private static ImmutableSortedDictionary<string, AuditHead> ReadHeads(JsonElement data)
    {
        ImmutableSortedDictionary<string, AuditHead>.Builder heads = ImmutableSortedDictionary.CreateBuilder<string, AuditHead>(
            StringComparer.Ordinal);

        // A Coordinator of an earlier release does not answer them.
        foreach (JsonElement head in data.TryGetProperty("heads", out _) ? ReplyMembers.GetItems(data, "heads") : [])
        {
            heads[ReplyMembers.GetText(head, "replica")] = ReadHead(head);
        }

        return heads.ToImmutable();
    }

    private static AuditHead ReadHead(JsonElement head) => new(
        ReplyMembers.GetUnsigned(head, "sequence") is <= long.MaxValue and ulong sequence
            ? (long)sequence
            : throw CoordinatorConnection.Invalid("'sequence' is too large"),
        ReplyMembers.GetText(head, "hash"));

    /// <summary>Each character is a byte of the line.</summary>
    private static ReadOnlyMemory<byte> ReadLine(string text) => text.All(c => c <= '\xff')
        ? Encoding.Latin1.GetBytes(text)
        : throw CoordinatorConnection.Invalid("a record has a character that is not a byte");
}
