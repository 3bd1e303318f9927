using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using MarbleRun.Coordinator.Audit;
using MarbleRun.Coordinator.Http;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.Users;
using MarbleRun.Manifests.Signatures;

namespace MarbleRun.Coordinator.Manifests;

/// <summary>GET and POST of <c>/api/v2/manifest/signatures</c>, which MarbleRun 1.9 does not have.</summary>
internal sealed class SignatureEndpoints(SignatureService signatures, CurrentState current, RequestBody body) : IApiEndpoints
{
    private const string Path = "/api/v2/manifest/signatures";

    private volatile SignedAnswer? _answer;

    public void Map(ApiRoutes routes)
    {
        routes.Get(Path, GetAsync);
        routes.Post(Path, PostAsync);
    }

    /// <summary>Writes the member of a file of signatures, if there are any: clients of MarbleRun 1.9 see what they know then.</summary>
    public static void WriteIfAny(Utf8JsonWriter json, ImmutableArray<ManifestSignature> signatures)
    {
        if (!signatures.IsEmpty)
        {
            Write(json, signatures);
        }
    }

    private Task GetAsync(HttpContext context)
    {
        CoordinatorState state = current.Value;
        MeshManifest manifest = state.Manifest
            ?? throw new ApiException(StatusCodes.Status500InternalServerError, JSendStatus.Error, "requested value not set");
        return AnswerAsync(context, manifest, state.ManifestSignatures);
    }

    private async Task PostAsync(HttpContext context)
    {
        X509Certificate2? leaf = context.Connection.ClientCertificate;
        CoordinatorState state = current.Value;
        MeshUser? user = leaf is null ? null : state.Manifest?.Users.Find(leaf.RawDataMemory.Span);
        AuditActor actor = user is null ? AuditActor.Of(leaf) : AuditActor.Of(user);
        try
        {
            ImmutableArray<ManifestSignature> kept = await signatures.AddAsync(
                state,
                async () => ManifestBody.ReadSignatures(await body.ReadAsync(context, ManifestSignatures.MaxLength)),
                user,
                actor);
            await AnswerAsync(context, state.Manifest!, kept);
        }
        catch (ManifestRefusedException exception)
        {
            throw new ApiException(StatusCodes.Status400BadRequest, JSendStatus.Error, exception.Message, exception);
        }
        catch (SignerNotAdmittedException exception)
        {
            throw new ApiException(StatusCodes.Status403Forbidden, JSendStatus.Error, exception.Message, exception);
        }
    }

    /// <summary>Anybody may ask as often as they like: the same answer is written once.</summary>
    private Task AnswerAsync(HttpContext context, MeshManifest manifest, ImmutableArray<ManifestSignature> kept)
    {
        SignedAnswer? answer = _answer;
        if (answer is null || !ReferenceEquals(answer.Manifest, manifest) || answer.Signatures != kept)
        {
            answer = new SignedAnswer(manifest, kept, JSend.Success(json =>
            {
                json.WriteStartObject();
                json.WriteString("manifestFingerprint", manifest.Fingerprint);
                Write(json, kept);
                json.WriteEndObject();
            }));
            _answer = answer;
        }

        return JSend.SuccessAsync(context, answer.Body);
    }

    private static void Write(Utf8JsonWriter json, ImmutableArray<ManifestSignature> signatures)
    {
        json.WriteStartArray("ManifestSignatures");
        foreach (ManifestSignature signature in signatures)
        {
            signature.WriteTo(json);
        }

        json.WriteEndArray();
    }

    private sealed record SignedAnswer(MeshManifest Manifest, ImmutableArray<ManifestSignature> Signatures, byte[] Body);
}
