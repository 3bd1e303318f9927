using System.Globalization;
using System.Text;
using System.Text.Json;
using MarbleRun.Audit;

namespace MarbleRun.Management;

public sealed partial class CoordinatorClient
{
    private const int LargestAuditPage = 1000;

    /// <inheritdoc/>
    public async Task<AuditPage> GetAuditAsync(long after = 0, int limit = 100, CancellationToken cancellationToken = default)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(after);
        ArgumentOutOfRangeException.ThrowIfNegative(limit);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(limit, LargestAuditPage);
        JsonElement data = await _connection.GetAsync(
            string.Create(CultureInfo.InvariantCulture, $"api/v2/audit?after={after}&limit={limit}"),
            CoordinatorConnection.LargestReply,
            cancellationToken).ConfigureAwait(false);
        JsonElement head = ReplyMembers.GetObject(data, "head");
        ulong sequence = ReplyMembers.GetUnsigned(head, "sequence");
        return new AuditPage(
            [.. ReplyMembers.GetTexts(data, "records").Select(ReadLine)],
            new AuditHead(
                sequence <= long.MaxValue ? (long)sequence : throw CoordinatorConnection.Invalid("'sequence' is too large"),
                ReplyMembers.GetText(head, "hash")));
    }

    /// <summary>Each character is a byte of the line.</summary>
    private static ReadOnlyMemory<byte> ReadLine(string text) => text.All(c => c <= '\xff')
        ? Encoding.Latin1.GetBytes(text)
        : throw CoordinatorConnection.Invalid("a record has a character that is not a byte");
}
