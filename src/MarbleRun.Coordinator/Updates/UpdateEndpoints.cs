using System.Collections.Immutable;
using System.Text.Json;
using MarbleRun.Coordinator.Http;
using MarbleRun.Coordinator.Manifests;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.Users;
using MarbleRun.Management;

namespace MarbleRun.Coordinator.Updates;

/// <summary>
/// The update log, and everything that changes the manifest in force: <c>/update</c>, <c>/update-manifest</c> and <c>/update-cancel</c> of
/// both generations.
/// </summary>
internal sealed class UpdateEndpoints(UpdateService updates, UserLogin login, CurrentState current, RequestBody body) : IApiEndpoints
{
    private const string Cancelled = "Update successfully cancelled";
    private const string Applied = "All users have acknowledged the update manifest. Update successfully applied";

    private static readonly SharedAnswer<ImmutableList<string>> s_logV1 =
        new((json, log) => json.WriteStringValue(string.Concat(log.Select(line => line + "\n"))));

    private static readonly SharedAnswer<ImmutableList<string>> s_logV2 = new(WriteLog);
    private static readonly SharedAnswer<PendingUpdate> s_pending = new(WritePending);

    public void Map(ApiRoutes routes)
    {
        routes.Get("/update", context => s_logV1.AnswerAsync(context, RequireLog()));
        routes.Get("/api/v2/update", context => s_logV2.AnswerAsync(context, RequireLog()));
        routes.Post("/update", StartV1Async);
        routes.Post("/api/v2/update", StartV2Async);
        routes.Get("/update-manifest", InspectAsync);
        routes.Get("/api/v2/update-manifest", InspectAsync);
        routes.Post("/update-manifest", AcknowledgeV1Async);
        routes.Post("/api/v2/update-manifest", AcknowledgeV2Async);
        routes.Post("/update-cancel", context => CancelAsync(context, JSendStatus.Error, json => json.WriteStringValue(Cancelled)));
        routes.Post("/api/v2/update-cancel", context => CancelAsync(context, JSendStatus.Fail, json => WriteMessage(json, Cancelled)));
    }

    private ImmutableList<string> RequireLog() => current.Value is { Phase: CoordinatorPhase.AcceptingMarbles } state
        ? state.UpdateLog
        : throw new ApiException(StatusCodes.Status500InternalServerError, JSendStatus.Error, "server is not in expected state");

    private async Task StartV1Async(HttpContext context)
    {
        MeshUser user = await login.RequireAsync(context, current.Value, JSendStatus.Error);
        if (RequestQuery.ReadFlag(context, "dryRun", JSendStatus.Error))
        {
            // A user who asks for a preview must not apply the update by accident.
            throw new ApiException(
                StatusCodes.Status400BadRequest,
                JSendStatus.Error,
                "invalid query: this version of the API has no dryRun; use /api/v2/update instead");
        }

        var request = new UpdateRequest(
            user,
            await body.ReadAsync(context),
            RequestQuery.ReadFlag(context, "allowDowngrade", JSendStatus.Error),
            CanReturnRecoverySecrets: false);
        await Refusable(StatusCodes.Status400BadRequest, () => updates.StartAsync(request, context.RequestAborted));
        await JSend.SuccessAsync(context, json => json.WriteNullValue());
    }

    private async Task StartV2Async(HttpContext context)
    {
        MeshUser user = await login.RequireAsync(context, current.Value, JSendStatus.Fail);
        bool isPreview = RequestQuery.ReadFlag(context, "dryRun", JSendStatus.Fail);
        bool allowDowngrade = RequestQuery.ReadFlag(context, "allowDowngrade", JSendStatus.Fail);
        var given = ManifestBody.Read(await body.ReadAsync(context));
        var request = new UpdateRequest(user, given.Raw, allowDowngrade, CanReturnRecoverySecrets: true) { Signatures = given.Signatures };
        if (isPreview)
        {
            UpdateEffects preview = await Refusable(
                StatusCodes.Status500InternalServerError, () => updates.PreviewAsync(request, context.RequestAborted));
            await JSend.SuccessAsync(context, json => UpdateEffectsWriter.Write(json, preview));
            return;
        }

        UpdateProgress progress = await Refusable(
            StatusCodes.Status500InternalServerError, () => updates.StartAsync(request, context.RequestAborted));
        await JSend.SuccessAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteNumber("missingAcknowledgments", progress.Missing);
            WriteUsers(json, progress);
            WriteSecrets(json, progress);
            json.WriteEndObject();
        });
    }

    private Task InspectAsync(HttpContext context)
    {
        PendingUpdate pending = current.Value.PendingUpdate
            ?? throw new ApiException(StatusCodes.Status404NotFound, JSendStatus.Error, new NoUpdateException().Message);
        return s_pending.AnswerAsync(context, pending);
    }

    private static void WritePending(Utf8JsonWriter json, PendingUpdate pending)
    {
        json.WriteStartObject();
        json.WriteBase64String("manifest", pending.Manifest.Span);
        json.WriteString("message", UpdateProgress.Describe(pending.Missing));
        WriteUsers(json, UpdateProgress.Waiting(pending));
        SignatureEndpoints.WriteIfAny(json, pending.Signatures);
        json.WriteEndObject();
    }

    private async Task AcknowledgeV1Async(HttpContext context)
    {
        MeshUser user = await login.RequireAsync(context, current.Value, JSendStatus.Error);
        var request = new UpdateRequest(user, await body.ReadAsync(context), AllowDowngrade: false, CanReturnRecoverySecrets: false);
        UpdateProgress progress = await Refusable(
            StatusCodes.Status500InternalServerError, () => updates.AcknowledgeAsync(request, context.RequestAborted));
        await JSend.SuccessAsync(
            context, json => json.WriteStringValue(progress.Missing == 0 ? Applied : UpdateProgress.Describe(progress.Missing)));
    }

    private async Task AcknowledgeV2Async(HttpContext context)
    {
        MeshUser user = await login.RequireAsync(context, current.Value, JSendStatus.Fail);
        var given = ManifestBody.Read(await body.ReadAsync(context));
        var request = new UpdateRequest(user, given.Raw, AllowDowngrade: false, CanReturnRecoverySecrets: true)
        {
            Signatures = given.Signatures,
        };
        UpdateProgress progress = await Refusable(
            StatusCodes.Status500InternalServerError, () => updates.AcknowledgeAsync(request, context.RequestAborted));
        await JSend.SuccessAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteString("message", progress.Missing == 0
                ? Applied
                : $"{UpdateProgress.Describe(progress.Missing)}.\nThe following users have not yet accepted: "
                + $"{string.Join(", ", progress.MissingUsers)}");
            WriteUsers(json, progress);
            json.WriteNumber("missingAcknowledgments", progress.Missing);
            WriteSecrets(json, progress);
            json.WriteEndObject();
        });
    }

    private async Task CancelAsync(HttpContext context, JSendStatus callersFault, Action<Utf8JsonWriter> writeData)
    {
        MeshUser user = await login.RequireAsync(context, current.Value, callersFault);
        await Refusable(StatusCodes.Status500InternalServerError, async () =>
        {
            await updates.CancelAsync(user, context.RequestAborted);
            return true;
        });
        await JSend.SuccessAsync(context, writeData);
    }

    private static async Task<T> Refusable<T>(int statusCode, Func<Task<T>> call)
    {
        try
        {
            return await call();
        }
        catch (NoUpdateException exception)
        {
            throw new ApiException(StatusCodes.Status404NotFound, JSendStatus.Error, exception.Message, exception);
        }
        catch (ManifestRefusedException exception)
        {
            throw new ApiException(statusCode, JSendStatus.Error, exception.Message, exception);
        }
    }

    private static void WriteLog(Utf8JsonWriter json, ImmutableList<string> log)
    {
        json.WriteStartObject();
        UpdateEffectsWriter.WriteTexts(json, "updateLog", log);
        json.WriteEndObject();
    }

    private static void WriteMessage(Utf8JsonWriter json, string message)
    {
        json.WriteStartObject();
        json.WriteString("message", message);
        json.WriteEndObject();
    }

    private static void WriteUsers(Utf8JsonWriter json, UpdateProgress progress)
    {
        if (progress.MissingUsers.IsEmpty)
        {
            json.WriteNull("missingUsers");
            return;
        }

        UpdateEffectsWriter.WriteTexts(json, "missingUsers", progress.MissingUsers);
    }

    private static void WriteSecrets(Utf8JsonWriter json, UpdateProgress progress)
    {
        if (progress.RecoverySecrets is { } secrets)
        {
            json.WritePropertyName("recoverySecrets");
            RecoverySecretsWriter.Write(json, secrets);
        }
    }
}

/// <summary>How far an update is.</summary>
/// <param name="Missing">How many acknowledgments are missing; 0 if the update is in force.</param>
/// <param name="MissingUsers">Who has not acknowledged; empty if the update is in force.</param>
/// <param name="RecoverySecrets">
/// By the party's name, its new secret, encrypted; null if the recovery keys did not change, or not yet.
/// </param>
internal sealed record UpdateProgress(
    int Missing, ImmutableArray<string> MissingUsers, ImmutableSortedDictionary<string, ReadOnlyMemory<byte>>? RecoverySecrets)
{
    public static UpdateProgress Waiting(State.PendingUpdate update) => new(update.Missing, update.MissingUsers, RecoverySecrets: null);

    public static UpdateProgress Applied(ImmutableSortedDictionary<string, ReadOnlyMemory<byte>>? recoverySecrets) =>
        new(0, [], recoverySecrets);

    /// <summary>The sentence of MarbleRun 1.9 about a number of missing acknowledgments.</summary>
    public static string Describe(int missing) =>
        missing == 1
            ? "1 user still needs to acknowledge the update manifest"
            : $"{missing} users still need to acknowledge the update manifest";
}
