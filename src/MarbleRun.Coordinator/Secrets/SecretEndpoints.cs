using System.Text.Json;
using MarbleRun.Coordinator.Http;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.Users;
using MarbleRun.Manifests.Templates;

namespace MarbleRun.Coordinator.Secrets;

/// <summary>GET and POST of <c>/secrets</c> and <c>/api/v2/secrets</c>.</summary>
internal sealed class SecretEndpoints(SecretService secrets, UserLogin login, CurrentState current, RequestBody body) : IApiEndpoints
{
    public void Map(ApiRoutes routes)
    {
        routes.Get("/secrets", GetV1Async);
        routes.Post("/secrets", PostV1Async);
        routes.Get("/api/v2/secrets", GetV2Async);
        routes.Post("/api/v2/secrets", PostV2Async);
    }

    private async Task GetV1Async(HttpContext context)
    {
        SortedDictionary<string, TemplateSecret> found = await ReadAsync(context, JSendStatus.Error, StatusCodes.Status400BadRequest);
        await JSend.SuccessAsync(context, writer => WriteAll(writer, found));
    }

    private async Task GetV2Async(HttpContext context)
    {
        SortedDictionary<string, TemplateSecret> found = await ReadAsync(
            context, JSendStatus.Fail, StatusCodes.Status500InternalServerError);
        await JSend.SuccessAsync(context, writer =>
        {
            writer.WriteStartObject();
            writer.WritePropertyName("secrets");
            WriteAll(writer, found);
            writer.WriteEndObject();
        });
    }

    private async Task PostV1Async(HttpContext context)
    {
        CoordinatorState state = current.Value;
        MeshUser user = await login.RequireAsync(context, state, JSendStatus.Error);
        byte[] json = await body.ReadAsync(context);
        SortedDictionary<string, UploadedSecret> uploads;
        try
        {
            using JsonDocument document = RequestBody.ParseWhole(json);
            uploads = SecretUploadReader.Read(document.RootElement);
        }
        catch (ApiException exception) when (exception.Status == JSendStatus.Fail)
        {
            throw new ApiException(exception.StatusCode, JSendStatus.Error, exception.Message, exception);
        }

        await WriteAsync(context, state, user, uploads, StatusCodes.Status400BadRequest);
    }

    private async Task PostV2Async(HttpContext context)
    {
        CoordinatorState state = current.Value;
        MeshUser user = await login.RequireAsync(context, state, JSendStatus.Fail);
        using JsonDocument document = RequestBody.ParseFirstValue(await body.ReadAsync(context));
        SortedDictionary<string, UploadedSecret> uploads = SecretUploadReader.Read(RequestBody.FindMember(document.RootElement, "secrets"));
        await WriteAsync(context, state, user, uploads, StatusCodes.Status500InternalServerError);
    }

    private async Task<SortedDictionary<string, TemplateSecret>> ReadAsync(
        HttpContext context, JSendStatus callersFault, int refusedStatusCode)
    {
        CoordinatorState state = current.Value;
        MeshUser user = await login.RequireAsync(context, state, callersFault);
        string[] names = [.. context.Request.Query["s"].Select(name => name ?? string.Empty)];
        if (names.Length == 0)
        {
            throw new ApiException(
                StatusCodes.Status400BadRequest, callersFault, "invalid query: endpoint requires at least one query parameter");
        }

        if (names.Contains(string.Empty))
        {
            throw new ApiException(StatusCodes.Status400BadRequest, callersFault, "malformed query string: empty query parameter");
        }

        try
        {
            return await secrets.ReadAsync(state, user, names);
        }
        catch (SecretException exception)
        {
            throw new ApiException(refusedStatusCode, JSendStatus.Error, exception.Message, exception);
        }
    }

    private async Task WriteAsync(
        HttpContext context, CoordinatorState state, MeshUser user, SortedDictionary<string, UploadedSecret> uploads, int refusedStatusCode)
    {
        try
        {
            await secrets.WriteAsync(state, user, uploads, context.RequestAborted);
        }
        catch (SecretException exception)
        {
            throw new ApiException(refusedStatusCode, JSendStatus.Error, exception.Message, exception);
        }

        await JSend.SuccessAsync(context, writer => writer.WriteNullValue());
    }

    private static void WriteAll(Utf8JsonWriter writer, SortedDictionary<string, TemplateSecret> secrets)
    {
        writer.WriteStartObject();
        foreach ((string name, TemplateSecret secret) in secrets)
        {
            writer.WriteStartObject(name);
            writer.WriteString("Type", secret.Type);
            writer.WriteNumber("Size", secret.Size);
            writer.WriteBoolean("Shared", secret.Shared);
            writer.WriteBoolean("UserDefined", secret.UserDefined);
            WriteBytes(writer, "Cert", secret.Certificate);
            writer.WriteNumber("ValidFor", secret.ValidFor);
            WriteBytes(writer, "Private", secret.Private);
            WriteBytes(writer, "Public", secret.Public);
            writer.WriteEndObject();
        }

        writer.WriteEndObject();
    }

    private static void WriteBytes(Utf8JsonWriter writer, string name, ReadOnlyMemory<byte> bytes)
    {
        if (bytes.IsEmpty)
        {
            writer.WriteNull(name);
        }
        else
        {
            writer.WriteBase64String(name, bytes.Span);
        }
    }
}
