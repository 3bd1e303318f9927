using System.Globalization;
using System.Text.Json;
using MarbleRun.Identity;
using MarbleRun.Management.Revocations;

namespace MarbleRun.Management;

public sealed partial class CoordinatorClient
{
    private const string RevocationsPath = "api/v2/revocations";

    /// <summary>More pages than a Coordinator's list of identities has.</summary>
    private const int MaxPages = 1000;

    private static readonly RevocationSubjectKind[] s_kinds = Enum.GetValues<RevocationSubjectKind>();

    /// <inheritdoc/>
    public async Task<IssuedMarbles> GetMarblesAsync(CancellationToken cancellationToken = default)
    {
        var marbles = new List<IssuedMarble>();
        DateTimeOffset completeSince = DateTimeOffset.MinValue;
        string path = "api/v2/marbles";
        for (int page = 0; page < MaxPages; page++)
        {
            JsonElement data = await _connection
                .GetAsync(path, CoordinatorConnection.LargestReply, cancellationToken).ConfigureAwait(false);
            marbles.AddRange(ReplyMembers.GetItems(data, "marbles").Select(ReadMarble));
            DateTimeOffset ofPage = ReadTime(data, "completeSince");
            completeSince = ofPage > completeSince ? ofPage : completeSince;
            if (ReplyMembers.FindText(data, "next") is not { } next)
            {
                return new IssuedMarbles { Marbles = marbles, CompleteSince = completeSince };
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
        return [.. ReplyMembers.GetItems(data, "revocations").Select(ReadRevocation)];
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

        return ReadRevocationResult(await _connection.PostAsync(
            RevocationsPath, Write(kind, subject, reason), CoordinatorConnection.LargestReply, cancellationToken).ConfigureAwait(false));
    }

    /// <inheritdoc/>
    public async Task<RevocationResult> LiftRevocationAsync(ulong number, CancellationToken cancellationToken = default) =>
        ReadRevocationResult(await _connection.DeleteAsync(
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
            json.WriteString(NameOf(kind), subject);
            json.WriteEndObject();
            json.WriteString("Reason", reason);
            json.WriteEndObject();
        }

        return body.ToArray();
    }

    private static RevocationResult ReadRevocationResult(JsonElement data) => new()
    {
        Revocation = ReadRevocation(ReplyMembers.GetObject(data, "revocation")),
        IsLifted = ReplyMembers.GetFlag(data, "lifted"),
        Marbles = [.. ReplyMembers.GetItems(data, "marbles").Select(ReadMarble)],
        OmittedMarbles = ReplyMembers.GetNumber(data, "omittedMarbles"),
        Secrets = ReplyMembers.GetTexts(data, "secrets"),
    };

    private static Revocation ReadRevocation(JsonElement data)
    {
        JsonProperty[] subject = [.. ReplyMembers.GetMembers(data, "subject")];
        RevocationSubjectKind kind = subject is [var only] ? s_kinds.FirstOrDefault(k => NameOf(k) == only.Name) : default;
        return kind == default
            ? throw CoordinatorConnection.Invalid("the subject of a revocation is of an unknown kind")
            : new Revocation
            {
                Number = ReplyMembers.GetUnsigned(data, "number"),
                Kind = kind,
                Subject = ReplyMembers.GetText(data.GetProperty("subject"), NameOf(kind)),
                MarbleTypes = ReplyMembers.GetTexts(data, "marbleTypes"),
                Reason = ReplyMembers.GetText(data, "reason"),
                IsInForce = ReplyMembers.GetFlag(data, "inForce"),
                MissingApprovals = ReplyMembers.GetNumber(data, "missingApprovals"),
                MissingUsers = ReplyMembers.GetTexts(data, "missingUsers"),
            };
    }

    private static string NameOf(RevocationSubjectKind kind) => kind == RevocationSubjectKind.Uuid ? "UUID" : kind.ToString();

    private static IssuedMarble ReadMarble(JsonElement data) => new()
    {
        MarbleType = ReplyMembers.GetText(data, "marbleType"),
        Id = MarbleUuid.TryParse(ReplyMembers.GetText(data, "uuid"), out Guid id)
            ? id
            : throw CoordinatorConnection.Invalid("'uuid' is not a UUID"),
        Measurement = ReplyMembers.FindText(data, "measurement"),
        Platform = ReplyMembers.FindText(data, "platform"),
        Names = ReplyMembers.GetTexts(data, "names"),
        Certificate = ReplyMembers.GetText(data, "certificate"),
        SerialNumber = ReplyMembers.GetText(data, "serialNumber"),
        Since = ReadTime(data, "since"),
        Until = ReadTime(data, "until"),
        LastSeen = ReadTime(data, "lastSeen"),
    };

    private static DateTimeOffset ReadTime(JsonElement data, string name) => DateTimeOffset.TryParseExact(
        ReplyMembers.GetText(data, name),
        "yyyy-MM-dd'T'HH:mm:ss'Z'",
        CultureInfo.InvariantCulture,
        DateTimeStyles.AssumeUniversal,
        out DateTimeOffset time)
        ? time
        : throw CoordinatorConnection.Invalid($"'{name}' is not a time");
}
