using System.Text.Json;
using MarbleRun.Coordinator.Audit;
using MarbleRun.Coordinator.Http;
using MarbleRun.Coordinator.Limits;
using MarbleRun.Coordinator.State.Sealing;

namespace MarbleRun.Coordinator.Recovery;

/// <summary><c>POST /api/v2/recover</c>, <c>GET /api/v2/recover/public-key</c>, and <c>POST /recover</c>, which answers 410.</summary>
internal sealed class RecoveryEndpoints(RecoveryService recovery, RequestBody body) : IApiEndpoints
{
    /// <summary>The limit of MarbleRun 1.9; the largest secret and signature need a fifth of it.</summary>
    private const long MaxBody = 20_480;

    private static readonly int[] s_plainLengths = [16, 32, 33];

    public void Map(ApiRoutes routes)
    {
        routes.Post("/recover", _ => throw new ApiException(
            StatusCodes.Status410Gone,
            JSendStatus.Error,
            "Recovering the Coordinator using the /recover API endpoint has been disabled. Use the /api/v2/recover endpoint instead."));
        routes.Post("/api/v2/recover", RecoverAsync);
        routes.Get("/api/v2/recover/public-key", GetPublicKeyAsync);
    }

    private async Task GetPublicKeyAsync(HttpContext context)
    {
        ReadOnlyMemory<byte> key;
        try
        {
            key = await recovery.GetPublicKeyAsync(context.RequestAborted);
        }
        catch (RecoveryException exception)
        {
            throw Refuse(exception, isEncrypted: false);
        }

        await JSend.SuccessAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteString("algorithm", "RSA");
            json.WriteBase64String("ephemeralPublicKey", key.Span);
            json.WriteEndObject();
        });
    }

    private async Task RecoverAsync(HttpContext context)
    {
        using JsonDocument document = RequestBody.ParseFirstValue(await body.ReadAsync(context, MaxBody));
        byte[] secret = ReadBytes(document, "recoverySecret");
        byte[] signature = ReadBytes(document, "recoverySecretSignature");
        RecoveryProgress progress;
        try
        {
            progress = await recovery.SubmitAsync(
                secret,
                signature,
                AuditActor.Of(context.Connection.ClientCertificate),
                CallerAddress.Of(context.Connection.RemoteIpAddress),
                context.RequestAborted);
        }
        catch (RecoveryException exception)
        {
            throw Refuse(exception, isEncrypted: !s_plainLengths.Contains(secret.Length));
        }
        catch (SealedStateException exception)
        {
            throw new ApiException(
                StatusCodes.Status500InternalServerError, JSendStatus.Error, $"loading sealed state: {exception.Message}", exception);
        }

        await JSend.SuccessAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteNumber("remaining", progress.Remaining);
            json.WriteString("message", progress.Message);
            json.WriteEndObject();
        });
    }

    private static byte[] ReadBytes(JsonDocument document, string member) =>
        RequestBody.FindMember(document.RootElement, member) is { } value ? RequestBody.ReadBytes(value, member) : [];

    /// <summary>A secret that is encrypted according to its length but cannot be decrypted is an error of the caller, also in the wrong
    /// state.</summary>
    private static ApiException Refuse(RecoveryException exception, bool isEncrypted) => exception.Failure switch
    {
        RecoveryFailure.NotDecrypted => Fail(exception.Message),
        RecoveryFailure.Busy => new ApiException(StatusCodes.Status503ServiceUnavailable, JSendStatus.Error, exception.Message, exception)
        {
            RetryAfter = BusyException.RetryAfter,
        },
        RecoveryFailure.InvalidLength when isEncrypted => Fail(exception.Message),
        RecoveryFailure.NotInRecovery when isEncrypted => Fail($"failed to decrypt recovery secret: {exception.Message}"),
        _ => new ApiException(StatusCodes.Status500InternalServerError, JSendStatus.Error, exception.Message, exception),
    };

    private static ApiException Fail(string message) => new(StatusCodes.Status400BadRequest, JSendStatus.Fail, message);
}
