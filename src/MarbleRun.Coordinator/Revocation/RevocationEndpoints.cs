using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using MarbleRun.Coordinator.Http;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.State.Trust;
using MarbleRun.Coordinator.Users;
using MarbleRun.Management;

namespace MarbleRun.Coordinator.Revocation;

/// <summary><c>/api/v2/revocations</c>, for users with the action <c>RevokeMarble</c>.</summary>
internal sealed class RevocationEndpoints(RevocationService revocations, UserLogin login, CurrentState current, RequestBody body)
    : IApiEndpoints
{
    /// <summary>A Marble type and a reason, each character of six bytes in JSON's longest spelling.</summary>
    private const long MaxBody = 65_536;

    private static readonly RevocationKind[] s_kinds = Enum.GetValues<RevocationKind>();

    public void Map(ApiRoutes routes)
    {
        routes.Get("/api/v2/revocations", ListAsync);
        routes.Post("/api/v2/revocations", RevokeAsync);
        routes.Delete("/api/v2/revocations/{number}", LiftAsync);
    }

    private async Task ListAsync(HttpContext context)
    {
        (CoordinatorState state, MeshUser user) = await RequireUserAsync(context);
        ImmutableArray<RevocationReport> all = await Refusable(() => revocations.ListAsync(state, user));
        await JSend.SuccessAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("revocations");
            foreach (RevocationReport report in all)
            {
                MarbleJson.Write(json, report);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    private async Task RevokeAsync(HttpContext context)
    {
        (_, MeshUser user) = await RequireUserAsync(context);
        (RevocationSubject subject, string reason) = Read(await body.ReadAsync(context, MaxBody));
        RevocationReport report = await Refusable(() => revocations.RevokeAsync(user, subject, reason, context.RequestAborted));
        await JSend.SuccessAsync(context, json => MarbleJson.Write(json, report, current.Value.Revocations));
    }

    private async Task LiftAsync(HttpContext context)
    {
        (_, MeshUser user) = await RequireUserAsync(context);
        ulong number = ulong.TryParse(
            ApiRoutes.ItemOf(context.Request), NumberStyles.None, CultureInfo.InvariantCulture, out ulong parsed)
                ? parsed
                : throw RequestBody.Undecodable("the last part of the path must be the number of a revocation");
        RevocationReport report = await Refusable(() => revocations.LiftAsync(user, number, context.RequestAborted));
        await JSend.SuccessAsync(context, json => MarbleJson.Write(json, report, current.Value.Revocations));
    }

    private async Task<(CoordinatorState State, MeshUser User)> RequireUserAsync(HttpContext context)
    {
        CoordinatorState state = current.Value;
        MeshUser user = await login.RequireAsync(context, state, JSendStatus.Fail);
        return state.Phase == CoordinatorPhase.AcceptingMarbles
            ? (state, user)
            : throw new ApiException(StatusCodes.Status500InternalServerError, JSendStatus.Error, "server is not in expected state");
    }

    private static (RevocationSubject Subject, string Reason) Read(byte[] json)
    {
        using JsonDocument document = RequestBody.ParseWhole(json);
        JsonElement given = RequestBody.FindMember(document.RootElement, "Subject") ?? throw WrongSubject();
        (RevocationKind Kind, JsonElement? Value)[] named =
            [.. s_kinds.Select(kind => (kind, RequestBody.FindMember(given, kind.ToName()))).Where(n => n.Item2 is not null)];
        if (named is not [(var kind, { } value)] || RequestBody.Members(given, "Subject").Count() != 1)
        {
            throw WrongSubject();
        }

        if (!RevocationSubject.TryCreate(kind, ReadText(value, kind.ToName()), out RevocationSubject subject, out string? fault))
        {
            throw Wrong($"Subject.{kind.ToName()}", fault!);
        }

        string reason = RequestBody.FindMember(document.RootElement, "Reason") is { } text ? ReadText(text, "Reason") : string.Empty;
        return RevocationRules.FindReasonFault(reason) is { } reasonFault ? throw Wrong("Reason", reasonFault) : (subject, reason);
    }

    private static string ReadText(JsonElement value, string member) => value.ValueKind == JsonValueKind.String
        ? RequestBody.ReadText(value)
        : throw Wrong(member, "must be a string");

    private static ApiException WrongSubject() =>
        Wrong("Subject", $"must have exactly one of the members {string.Join(", ", s_kinds.Select(kind => kind.ToName()))}");

    private static ApiException Wrong(string member, string fault) =>
        new(StatusCodes.Status400BadRequest, JSendStatus.Fail, $"\"{member}\" {fault}") { Field = (member, fault) };

    private static async Task<T> Refusable<T>(Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (RevocationException exception)
        {
            int statusCode = exception.IsUnknown ? StatusCodes.Status404NotFound
                : exception.IsForbidden ? StatusCodes.Status403Forbidden
                : StatusCodes.Status400BadRequest;
            throw new ApiException(statusCode, JSendStatus.Error, exception.Message, exception);
        }
    }
}
