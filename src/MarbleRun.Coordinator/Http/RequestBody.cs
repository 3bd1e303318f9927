using System.Text.Json;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Http;

/// <summary>Reads bodies as clients of MarbleRun 1.9 send them, up to a limit.</summary>
internal sealed class RequestBody(IOptions<CoordinatorOptions> options)
{
    private const int ChunkSize = 64 * 1024;

    private readonly long _limit = options.Value.MaxRequestBodySize;

    /// <summary>
    /// Reads the whole body. The limit is held here and not by the server, which would cut the connection of a caller that is still sending,
    /// so that the answer would be lost; after an answer the server takes in what is still on its way for a few seconds.
    /// </summary>
    /// <exception cref="ApiException">413: the body is larger than the limit.</exception>
    /// <exception cref="BadHttpRequestException">The body ends too early.</exception>
    public async Task<byte[]> ReadAsync(HttpContext context)
    {
        if (context.Request.ContentLength > _limit)
        {
            throw TooLarge();
        }

        using var body = new MemoryStream();
        var chunk = new byte[ChunkSize];
        int count;
        while ((count = await context.Request.Body.ReadAsync(chunk, context.RequestAborted)) > 0)
        {
            body.Write(chunk.AsSpan(0, count));
            if (body.Length > _limit)
            {
                throw TooLarge();
            }
        }

        return body.ToArray();
    }

    /// <summary>
    /// The bytes of a base64 member of the first JSON value; null if it is absent or null. Names match without regard to case,
    /// the last of several wins, and what follows the first value is ignored.
    /// </summary>
    /// <exception cref="ApiException">400 <c>fail</c>: the value cannot be decoded.</exception>
    public static byte[]? ReadBytesMember(ReadOnlySpan<byte> json, string member)
    {
        using JsonDocument document = ParseFirstValue(json);
        if (document.RootElement.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (document.RootElement.ValueKind != JsonValueKind.Object)
        {
            throw Undecodable($"expected an object with the member \"{member}\", found {Describe(document.RootElement.ValueKind)}");
        }

        byte[]? bytes = null;
        foreach (JsonProperty property in document.RootElement.EnumerateObject().Where(p => IsNamed(p, member)))
        {
            bytes = property.Value.ValueKind switch
            {
                JsonValueKind.String => DecodeBase64(property.Value),
                JsonValueKind.Null => null,
                _ => throw Undecodable($"\"{member}\" must be a base64 string, found {Describe(property.Value.ValueKind)}"),
            };
        }

        return bytes;
    }

    private static bool IsNamed(JsonProperty property, string member)
    {
        try
        {
            return property.Name.Equals(member, StringComparison.OrdinalIgnoreCase);
        }
        catch (InvalidOperationException)
        {
            // Broken UTF-8, or half a surrogate pair: some other name, which is ignored like all others.
            return false;
        }
    }

    private ApiException TooLarge() =>
        new(StatusCodes.Status413PayloadTooLarge, JSendStatus.Error, $"the request body is larger than {_limit} bytes");

    private static JsonDocument ParseFirstValue(ReadOnlySpan<byte> json)
    {
        if (json.IndexOfAnyExcept(" \t\r\n"u8) < 0)
        {
            throw Undecodable("EOF");
        }

        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 64 });
        try
        {
            return JsonDocument.TryParseValue(ref reader, out JsonDocument? document) ? document : throw Undecodable("unexpected EOF");
        }
        catch (JsonException exception)
        {
            throw new ApiException(StatusCodes.Status400BadRequest, JSendStatus.Fail, exception.Message, exception);
        }
    }

    private static byte[] DecodeBase64(JsonElement value)
    {
        string text;
        try
        {
            text = value.GetString()!;
        }
        catch (InvalidOperationException exception)
        {
            throw new ApiException(StatusCodes.Status400BadRequest, JSendStatus.Fail, "the string is not valid UTF-8", exception);
        }

        return StrictBase64.Standard.TryDecode(text, out byte[] bytes, out int offset) ? bytes : throw Undecodable($"illegal base64 data at input byte {offset}");
    }

    private static ApiException Undecodable(string message) => new(StatusCodes.Status400BadRequest, JSendStatus.Fail, message);

    private static string Describe(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        _ => "a literal",
    };
}
