using System.Globalization;
using System.Text;
using System.Text.Json;
using MarbleRun.Audit;
using MarbleRun.Coordinator.Audit;
using MarbleRun.Coordinator.Http;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.Users;
using MarbleRun.Manifests;

namespace MarbleRun.Coordinator.AuditReading;

/// <summary><c>GET /api/v2/audit</c>, for users with the action <c>ReadAudit</c>.</summary>
internal sealed partial class AuditEndpoint(
    AuditReader reader, AuditLog audit, UserLogin login, CurrentState current, Replica own, ILogger<AuditEndpoint> logger)
    : IApiEndpoints
{
    private const int DefaultLimit = 100;

    public void Map(ApiRoutes routes) => routes.Get("/api/v2/audit", ReadAsync);

    private async Task ReadAsync(HttpContext context)
    {
        MeshUser user = await login.RequireAsync(context, current.Value, JSendStatus.Fail);
        if (!user.May(RoleActions.ReadAudit))
        {
            // Reading is not recorded when it is allowed: who follows the trail would fill it.
            await audit.RecordRefusalAsync("audit.read", AuditActor.Of(user));
            throw new ApiException(
                StatusCodes.Status403Forbidden, JSendStatus.Error, $"user {user.Name} is not allowed to read the audit trail");
        }

        long after = ReadNumber(context, "after", 0, long.MaxValue - 1);
        int limit = (int)ReadNumber(context, "limit", DefaultLimit, AuditReader.MaxRecords);
        string replica = context.Request.Query["replica"].FirstOrDefault() ?? own.Name;
        AuditRecords found = await ReadAsync(replica, after, limit, context.RequestAborted);
        await JSend.SuccessAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("records");
            foreach (ReadOnlyMemory<byte> line in found.Lines)
            {
                // Lines that were changed on the disk may be no text; one character for each byte keeps them as they are.
                json.WriteStringValue(Encoding.Latin1.GetString(line.Span));
            }

            json.WriteEndArray();
            json.WriteStartObject("head");
            Write(json, found.Head);
            json.WriteEndObject();
            json.WriteString("replica", replica);
            json.WriteStartArray("heads");
            foreach ((string name, AuditHead known) in current.Value.AuditHeads)
            {
                json.WriteStartObject();
                json.WriteString("replica", name);
                Write(json, known);
                json.WriteEndObject();
            }

            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    private static void Write(Utf8JsonWriter json, AuditHead head)
    {
        json.WriteNumber("sequence", head.Sequence);
        json.WriteString("hash", head.Hash);
    }

    private async Task<AuditRecords> ReadAsync(string replica, long after, int limit, CancellationToken cancellationToken)
    {
        try
        {
            return replica == own.Name ? await reader.ReadAsync(after, limit, cancellationToken)
                : audit.Stored is null ? throw new ApiException(
                    StatusCodes.Status400BadRequest,
                    JSendStatus.Fail,
                    "invalid query: replica: the records of other Coordinators are not in the store; ask that Coordinator")
                : current.Value.AuditHeads.TryGetValue(replica, out AuditHead? known)
                    ? await reader.ReadOtherAsync(replica, known, after, limit, cancellationToken)
                : throw new ApiException(
                    StatusCodes.Status400BadRequest,
                    JSendStatus.Fail,
                    $"invalid query: replica must be one of {string.Join(", ", current.Value.AuditHeads.Keys)}");
        }
        catch (AuditException exception)
        {
            Log.NotRead(logger, exception);
            throw new ApiException(
                StatusCodes.Status500InternalServerError, JSendStatus.Error, "the audit trail cannot be read", exception);
        }
    }

    private static long ReadNumber(HttpContext context, string name, long absent, long largest) =>
        context.Request.Query[name].FirstOrDefault() is not { } text ? absent
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long number) && number <= largest ? number
        : throw new ApiException(
            StatusCodes.Status400BadRequest, JSendStatus.Fail, $"invalid query: {name} must be a number from 0 to {largest}");

    private static partial class Log
    {
        [LoggerMessage(EventIds.AuditNotRead, LogLevel.Error, "The audit trail cannot be read for a user.", EventName = "AuditNotRead")]
        public static partial void NotRead(ILogger logger, Exception exception);
    }
}
