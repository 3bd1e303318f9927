using System.Globalization;
using System.Text.Json;
using MarbleRun.Management.Revocations;

namespace MarbleRun.Management;

public sealed partial class CoordinatorClient
{
    private const string RevocationsPath = "api/v2/revocations";

    /// <summary>More pages than a Coordinator's list of identities has.</summary>
    private const int MaxPages = 1000;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<IssuedMarble>> GetMarblesAsync(CancellationToken cancellationToken = default)
    {
        var marbles = new List<IssuedMarble>();
        string path = "api/v2/marbles";
        for (int page = 0; page < MaxPages; page++)
        {
            JsonElement data = await _connection
                .GetAsync(path, CoordinatorConnection.LargestReply, cancellationToken).ConfigureAwait(false);
            marbles.AddRange(ReplyMembers.GetItems(data, "marbles").Select(IssuedMarble.Read));
            if (ReplyMembers.FindText(data, "next") is not { } next)
            {
                return marbles;
            }

            path = $"api/v2/marbles?after={Uri.EscapeDataString(next)}";
        }

        throw CoordinatorConnection.Invalid("the list of Marbles has no end");
    }

    /// <inheritdoc/>
    public async Task<IReadOnlyList<Revocation>> GetRevocationsAsync(CancellationToken cancellationToken = default)
    {
        JsonElement data = await _connection.GetAsync(
            RevocationsPath, CoordinatorConnection.LargestReply, cancellationToken).ConfigureAwait(false);
        return [.. ReplyMembers.GetItems(data, "revocations").Select(Revocation.Read)];
    }

    /// <inheritdoc/>
    public async Task<RevocationResult> RevokeAsync(
        RevocationSubjectKind kind, string subject, string reason, CancellationToken cancellationToken = default)
    {
        ArgumentException.ThrowIfNullOrEmpty(subject);
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        if (!Enum.IsDefined(kind))
        {
            throw new ArgumentOutOfRangeException(nameof(kind), kind, "Use one of the kinds.");
        }

        return RevocationResult.Read(await _connection.PostAsync(
            RevocationsPath, Write(kind, subject, reason), CoordinatorConnection.LargestReply, cancellationToken).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    public async Task<RevocationResult> LiftRevocationAsync(ulong number, CancellationToken cancellationToken = default) =>
        RevocationResult.Read(await _connection.DeleteAsync(
            string.Create(CultureInfo.InvariantCulture, $"{RevocationsPath}/{number}"),
            CoordinatorConnection.LargestReply,
            cancellationToken).ConfigureAwait(false));

    /// <inheritdoc/>
    public async Task<ReadOnlyMemory<byte>> GetRevocationListAsync(CancellationToken cancellationToken = default) =>
        await _connection.GetBytesAsync("api/v2/crl", CoordinatorConnection.LargestReply, cancellationToken).ConfigureAwait(false);

    private static byte[] Write(RevocationSubjectKind kind, string subject, string reason)
    {
        using var body = new MemoryStream();
        using (var json = new Utf8JsonWriter(body))
        {
            json.WriteStartObject();
            json.WriteStartObject("Subject");
            json.WriteString(Revocation.NameOf(kind), subject);
            json.WriteEndObject();
            json.WriteString("Reason", reason);
            json.WriteEndObject();
        }

        return body.ToArray();
    }
}
