using MarbleRun.Coordinator.Audit;
using MarbleRun.Coordinator.Diagnostics;
using MarbleRun.Coordinator.Http;
using MarbleRun.Coordinator.Identities;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.Users;
using MarbleRun.Manifests;

namespace MarbleRun.Coordinator.Revocation;

/// <summary><c>GET /api/v2/marbles</c>, for users with the action <c>ReadMarbles</c>.</summary>
internal sealed class MarbleListEndpoint(MarbleRegistry identities, UserLogin login, CurrentState current, AuditLog audit) : IApiEndpoints
{
    /// <summary>Of one answer; the next request names the last one.</summary>
    private const int PageSize = 2000;

    public void Map(ApiRoutes routes) => routes.Get("/api/v2/marbles", ListAsync);

    private async Task ListAsync(HttpContext context)
    {
        CoordinatorState state = current.Value;
        MeshUser user = await login.RequireAsync(context, state, JSendStatus.Fail);
        HashSet<string> types =
            [.. state.Manifest!.Manifest.Marbles.Keys.Where(type => user.May(RoleActions.ReadMarbles, type))];
        if (types.Count == 0)
        {
            await audit.RecordRefusalAsync("marbles.list", AuditActor.Of(user));
            throw new ApiException(
                StatusCodes.Status403Forbidden, JSendStatus.Error, $"user {user.Name} is not allowed to list Marbles");
        }

        string after = context.Request.Query["after"].FirstOrDefault() ?? string.Empty;
        DateTimeOffset completeSince = identities.CompleteSince;
        KnownMarble[] found =
        [
            .. identities.List()
                .Where(known => types.Contains(known.Marble.MarbleType) && string.CompareOrdinal(known.Certificate, after) > 0)
                .OrderBy(known => known.Certificate, StringComparer.Ordinal)
                .Take(PageSize + 1),
        ];
        await JSend.SuccessAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("marbles");
            foreach (KnownMarble known in found.Take(PageSize))
            {
                MarbleJson.Write(json, known, state.Revocations);
            }

            json.WriteEndArray();
            json.WriteString("completeSince", SecondText.Format(completeSince.AddTicks(TimeSpan.TicksPerSecond - 1)));
            json.WriteString("next", found.Length > PageSize ? found[PageSize - 1].Certificate : null);
            json.WriteEndObject();
        });
    }
}
