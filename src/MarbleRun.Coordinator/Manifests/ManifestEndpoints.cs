using System.Collections.Immutable;
using System.Text.Json;
using MarbleRun.Coordinator.Audit;
using MarbleRun.Coordinator.Http;
using MarbleRun.Coordinator.State;

namespace MarbleRun.Coordinator.Manifests;

/// <summary>GET and POST of <c>/manifest</c> and <c>/api/v2/manifest</c>.</summary>
internal sealed class ManifestEndpoints(ManifestService manifests, Bootstrap bootstrap, CurrentState current, RequestBody body)
    : IApiEndpoints
{
    private static readonly SharedAnswer<MeshManifest> s_answerV1 = new(WriteV1);
    private static readonly SharedAnswer<MeshManifest> s_answerV2 =
        new((writer, manifest) => Write(writer, manifest, "manifestSignatureRootECDSA", "manifestFingerprint", "manifest"));

    public void Map(ApiRoutes routes)
    {
        routes.Get("/manifest", GetV1Async);
        routes.Post("/manifest", PostV1Async);
        routes.Get("/api/v2/manifest", GetV2Async);
        routes.Post("/api/v2/manifest", PostV2Async);
    }

    private Task GetV1Async(HttpContext context) => current.Value.Manifest is { } manifest
        ? s_answerV1.AnswerAsync(context, manifest)
        : JSend.SuccessAsync(context, writer => WriteV1(writer, manifest: null));

    private Task GetV2Async(HttpContext context) => s_answerV2.AnswerAsync(
        context,
        current.Value.Manifest
            ?? throw new ApiException(StatusCodes.Status500InternalServerError, JSendStatus.Error, "requested value not set"));

    private async Task PostV1Async(HttpContext context)
    {
        ImmutableSortedDictionary<string, ReadOnlyMemory<byte>> secrets =
            await SetAsync(context, isBase64: false, raw => new ManifestBody(raw, []), StatusCodes.Status400BadRequest, JSendStatus.Error);
        await JSend.SuccessAsync(context, writer =>
        {
            if (secrets.IsEmpty)
            {
                writer.WriteNullValue();
            }
            else
            {
                WriteSecrets(writer, secrets);
            }
        });
    }

    private async Task PostV2Async(HttpContext context)
    {
        ImmutableSortedDictionary<string, ReadOnlyMemory<byte>> secrets =
            await SetAsync(
                context, isBase64: true, json => ManifestBody.Read(json), StatusCodes.Status500InternalServerError, JSendStatus.Fail);
        await JSend.SuccessAsync(context, writer => WriteSecrets(writer, secrets));
    }

    private async Task<ImmutableSortedDictionary<string, ReadOnlyMemory<byte>>> SetAsync(
        HttpContext context, bool isBase64, Func<byte[], ManifestBody> extract, int refusedStatusCode, JSendStatus callersFault)
    {
        var actor = AuditActor.Of(context.Connection.ClientCertificate);
        try
        {
            // The body is read only if it is not refused anyway: it must not fill the memory.
            return await manifests.SetAsync(
                async () => extract(await body.ReadAsync(context, bootstrap.MaxBody(isBase64) ?? long.MaxValue, bootstrap.Remedy)),
                actor,
                RequestCaller.Of(context, current.Value),
                keep: null,
                context.RequestAborted);
        }
        catch (ManifestRefusedException exception)
        {
            throw new ApiException(refusedStatusCode, JSendStatus.Error, exception.Message, exception);
        }
        catch (NoBootstrapUserException exception)
        {
            throw new ApiException(StatusCodes.Status401Unauthorized, callersFault, exception.Message, exception);
        }
    }

    private static void WriteSecrets(Utf8JsonWriter writer, ImmutableSortedDictionary<string, ReadOnlyMemory<byte>> secrets)
    {
        writer.WriteStartObject();
        writer.WritePropertyName("RecoverySecrets");
        RecoverySecretsWriter.Write(writer, secrets);
        writer.WriteEndObject();
    }

    private static void WriteV1(Utf8JsonWriter writer, MeshManifest? manifest) =>
        Write(writer, manifest, "ManifestSignatureRootECDSA", "ManifestSignature", "Manifest");

    private static void Write(
        Utf8JsonWriter writer, MeshManifest? manifest, string signatureName, string fingerprintName, string manifestName)
    {
        writer.WriteStartObject();
        WriteBytes(writer, signatureName, manifest?.Signature);
        writer.WriteString(fingerprintName, manifest?.Fingerprint ?? string.Empty);
        WriteBytes(writer, manifestName, manifest?.Raw);
        writer.WriteEndObject();
    }

    private static void WriteBytes(Utf8JsonWriter writer, string name, ReadOnlyMemory<byte>? bytes)
    {
        if (bytes is { } value)
        {
            writer.WriteBase64String(name, value.Span);
        }
        else
        {
            writer.WriteNull(name);
        }
    }
}
