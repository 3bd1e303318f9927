using System.Text.Json;
using MarbleRun.Attestation;
using MarbleRun.Attestation.Checks;
using MarbleRun.Coordinator.Audit;
using MarbleRun.Coordinator.Diagnostics;
using MarbleRun.Coordinator.Http;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.Users;
using MarbleRun.Manifests;

namespace MarbleRun.Coordinator.AuditReading;

/// <summary><c>GET /api/v2/refusals</c>, for users with the action <c>ReadAudit</c>.</summary>
internal sealed class RefusalsEndpoint(RefusedAttempts refusals, AuditLog audit, UserLogin login, CurrentState current) : IApiEndpoints
{
    public void Map(ApiRoutes routes) => routes.Get("/api/v2/refusals", ReadAsync);

    private async Task ReadAsync(HttpContext context)
    {
        MeshUser user = await login.RequireAsync(context, current.Value, JSendStatus.Fail);
        if (!user.May(RoleActions.ReadAudit))
        {
            await audit.RecordRefusalAsync("refusals.read", AuditActor.Of(user));
            throw new ApiException(
                StatusCodes.Status403Forbidden, JSendStatus.Error, $"user {user.Name} is not allowed to read the refused attempts");
        }

        await JSend.SuccessAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteStartArray("refusals");
            foreach (RefusedAttempt attempt in refusals.Read())
            {
                Write(json, attempt);
            }

            json.WriteEndArray();
            json.WriteEndObject();
        });
    }

    private static void Write(Utf8JsonWriter json, RefusedAttempt attempt)
    {
        json.WriteStartObject();
        json.WriteString("firstTime", SecondText.Format(attempt.FirstTime));
        json.WriteString("lastTime", SecondText.Format(attempt.LastTime));
        json.WriteNumber("count", attempt.Count);
        json.WriteString("action", attempt.Action);
        json.WriteString("marbleType", attempt.MarbleType);
        json.WriteString("certificate", attempt.CertificateHash);
        json.WriteString("reason", attempt.Reason);
        json.WriteString("message", attempt.Message);
        json.WriteString("verdict", attempt.Verdict);
        json.WriteStartArray("checks");
        foreach (VerdictCheck check in attempt.Checks)
        {
            json.WriteStartObject();
            json.WriteString("code", check.Code);
            json.WriteString("outcome", VerdictCodes.Of(check.Outcome));
            if (check.Outcome == VerdictCheckOutcome.Failed)
            {
                json.WriteString("expected", check.Expected);
                json.WriteString("found", check.Found);
                json.WriteString("source", check.Source);
                json.WriteString("remedy", check.Remedy);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }
}
