using System.Collections.Immutable;
using System.Text.Json;
using MarbleRun.Coordinator.Audit;
using MarbleRun.Coordinator.Http;
using MarbleRun.Coordinator.State;

namespace MarbleRun.Coordinator.Manifests;

/// <summary>GET and POST of <c>/manifest</c> and <c>/api/v2/manifest</c>.</summary>
internal sealed class ManifestEndpoints(ManifestService manifests, CurrentState current, RequestBody body) : IApiEndpoints
{
    public void Map(ApiRoutes routes)
    {
        routes.Get("/manifest", GetV1Async);
        routes.Post("/manifest", PostV1Async);
        routes.Get("/api/v2/manifest", GetV2Async);
        routes.Post("/api/v2/manifest", PostV2Async);
    }

    private Task GetV1Async(HttpContext context) =>
        AnswerAsync(context, current.Value.Manifest, "ManifestSignatureRootECDSA", "ManifestSignature", "Manifest");

    private Task GetV2Async(HttpContext context) =>
        AnswerAsync(
            context,
            current.Value.Manifest ?? throw new ApiException(StatusCodes.Status500InternalServerError, JSendStatus.Error, "requested value not set"),
            "manifestSignatureRootECDSA",
            "manifestFingerprint",
            "manifest");

    private async Task PostV1Async(HttpContext context)
    {
        ImmutableSortedDictionary<string, ReadOnlyMemory<byte>> secrets = await SetAsync(context, raw => raw, StatusCodes.Status400BadRequest);
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
            await SetAsync(context, json => RequestBody.ReadBytesMember(json, "manifest") ?? [], StatusCodes.Status500InternalServerError);
        await JSend.SuccessAsync(context, writer => WriteSecrets(writer, secrets));
    }

    private async Task<ImmutableSortedDictionary<string, ReadOnlyMemory<byte>>> SetAsync(HttpContext context, Func<byte[], byte[]> extract, int refusedStatusCode)
    {
        var actor = AuditActor.Of(context.Connection.ClientCertificate);
        try
        {
            // Before the body: nobody shall fill the memory with what is not taken anyway.
            await manifests.DemandPhaseAsync(actor);
            byte[] raw = extract(await body.ReadAsync(context));
            return await manifests.SetAsync(raw, actor, keep: null, context.RequestAborted);
        }
        catch (ManifestRefusedException exception)
        {
            throw new ApiException(refusedStatusCode, JSendStatus.Error, exception.Message, exception);
        }
    }

    private static void WriteSecrets(Utf8JsonWriter writer, ImmutableSortedDictionary<string, ReadOnlyMemory<byte>> secrets)
    {
        writer.WriteStartObject();
        writer.WritePropertyName("RecoverySecrets");
        RecoverySecretsWriter.Write(writer, secrets);
        writer.WriteEndObject();
    }

    private static Task AnswerAsync(HttpContext context, MeshManifest? manifest, string signatureName, string fingerprintName, string manifestName) =>
        JSend.SuccessAsync(context, writer =>
        {
            writer.WriteStartObject();
            WriteBytes(writer, signatureName, manifest?.Signature);
            writer.WriteString(fingerprintName, manifest?.Fingerprint ?? string.Empty);
            WriteBytes(writer, manifestName, manifest?.Raw);
            writer.WriteEndObject();
        });

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
