using System.Text.Json;
using MarbleRun.Coordinator.Http.Limits;
using MarbleRun.Primitives;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Http;

/// <summary>Reads bodies as clients of MarbleRun 1.9 send them, up to a limit.</summary>
internal sealed class RequestBody(BodyReader reader, RequestBudget budget, IOptions<CoordinatorOptions> options)
{
    private static readonly JsonReaderOptions s_reading = new() { MaxDepth = 64 };

    private readonly long _limit = options.Value.MaxRequestBodySize;

    /// <summary>
    /// Reads the whole body. The limit is enforced here and not by the server, which would cut the connection of a caller that is still
    /// sending, so that the answer would be lost. After an answer, the server reads the rest of the request for a few seconds.
    /// </summary>
    /// <exception cref="ApiException">413: the body is larger than the limit. 408: it arrives too slowly. 503: too many bytes of other
    /// callers are in progress.</exception>
    /// <exception cref="BadHttpRequestException">The body ends too early.</exception>
    public Task<byte[]> ReadAsync(HttpContext context) => ReadAsync(context, _limit);

    /// <summary>The same with a separate limit, which applies if it is smaller.</summary>
    /// <param name="context">The request.</param>
    /// <param name="limit">The maximum number of bytes.</param>
    /// <param name="remedy">Text that is added to the error if the body is larger.</param>
    public async Task<byte[]> ReadAsync(HttpContext context, long limit, string remedy = "")
    {
        using RequestAccount account = budget.OpenClient(context);
        try
        {
            return await reader.ReadAsync(context, Math.Min(limit, _limit), account);
        }
        catch (BodyRefusedException exception)
        {
            throw new ApiException(
                exception.Refusal switch
                {
                    BodyRefusal.TooLarge => StatusCodes.Status413PayloadTooLarge,
                    BodyRefusal.TooSlow => StatusCodes.Status408RequestTimeout,
                    _ => StatusCodes.Status503ServiceUnavailable,
                },
                JSendStatus.Error,
                exception.Refusal == BodyRefusal.TooLarge && limit < _limit ? exception.Message + remedy : exception.Message,
                exception);
        }
    }

    /// <summary>
    /// The bytes of a base64 member of the first JSON value; null if it is absent or null. Names are case-insensitive, the last of several
    /// is used, and everything after the first value is ignored.
    /// </summary>
    /// <exception cref="ApiException">400 <c>fail</c>: the value cannot be decoded.</exception>
    public static byte[]? ReadBytesMember(ReadOnlySpan<byte> json, string member)
    {
        using JsonDocument document = ParseFirstValue(json);
        return FindMember(document.RootElement, member) is { } value ? ReadBytes(value, member) : null;
    }

    /// <summary>The first JSON value of a body; everything after it is ignored.</summary>
    /// <exception cref="ApiException">400 <c>fail</c>: there is no value.</exception>
    public static JsonDocument ParseFirstValue(ReadOnlySpan<byte> json)
    {
        if (json.IndexOfAnyExcept(" \t\r\n"u8) < 0)
        {
            throw Undecodable("EOF");
        }

        var reader = new Utf8JsonReader(json, s_reading);
        try
        {
            return JsonDocument.TryParseValue(ref reader, out JsonDocument? document) ? document : throw Undecodable("unexpected EOF");
        }
        catch (JsonException exception)
        {
            throw Undecodable(exception.Message, exception);
        }
    }

    /// <summary>A body that is one JSON value and nothing else.</summary>
    /// <exception cref="ApiException">400 <c>fail</c>: the body is not one JSON value.</exception>
    public static JsonDocument ParseWhole(ReadOnlySpan<byte> json)
    {
        JsonDocument document = ParseFirstValue(json);
        var reader = new Utf8JsonReader(json, s_reading);
        try
        {
            reader.Read();
            reader.Skip();
            return reader.Read() ? throw Undecodable("invalid character after top-level value") : document;
        }
        catch (JsonException exception)
        {
            throw Undecodable(exception.Message, exception);
        }
    }

    /// <summary>The members of an object whose names are valid text; others are ignored.</summary>
    /// <exception cref="ApiException">400 <c>fail</c>: it is not an object.</exception>
    public static IEnumerable<JsonProperty> Members(JsonElement element, string what) =>
        element.ValueKind == JsonValueKind.Object
            ? element.EnumerateObject().Where(p => NameOf(p) is not null)
            : throw Undecodable($"\"{what}\" must be an object, found {Describe(element.ValueKind)}");

    /// <summary>A member of an object, or null if it is absent or null; names are case-insensitive, and the last of several is
    /// used.</summary>
    /// <exception cref="ApiException">400 <c>fail</c>: it is not an object.</exception>
    public static JsonElement? FindMember(JsonElement element, string member)
    {
        if (element.ValueKind == JsonValueKind.Null)
        {
            return null;
        }

        if (element.ValueKind != JsonValueKind.Object)
        {
            throw Undecodable($"expected an object with the member \"{member}\", found {Describe(element.ValueKind)}");
        }

        JsonProperty found = element.EnumerateObject().LastOrDefault(
            p => string.Equals(NameOf(p), member, StringComparison.OrdinalIgnoreCase));
        return found.Value.ValueKind is JsonValueKind.Undefined or JsonValueKind.Null ? null : found.Value;
    }

    /// <summary>Bytes as a base64 string, or as an array of numbers up to 255.</summary>
    /// <exception cref="ApiException">400 <c>fail</c>: it is neither.</exception>
    public static byte[] ReadBytes(JsonElement value, string member) => value.ValueKind switch
    {
        JsonValueKind.String => StrictBase64.Standard.TryDecode(ReadText(value), out byte[] bytes, out int offset)
            ? bytes
            : throw Undecodable($"illegal base64 data at input byte {offset}"),
        JsonValueKind.Array => [.. value.EnumerateArray().Select(b => b.ValueKind == JsonValueKind.Number && b.TryGetByte(out byte one)
            ? one
            : throw Undecodable($"\"{member}\" must hold numbers from 0 to 255"))],
        _ => throw Undecodable($"\"{member}\" must be a base64 string, found {Describe(value.ValueKind)}"),
    };

    /// <exception cref="ApiException">400 <c>fail</c>: the string is not valid Unicode.</exception>
    public static string ReadText(JsonElement value)
    {
        try
        {
            return value.GetString()!;
        }
        catch (InvalidOperationException exception)
        {
            throw Undecodable("the string is not valid UTF-8", exception);
        }
    }

    /// <summary>The answer to a body that cannot be read.</summary>
    public static ApiException Undecodable(string message, Exception? innerException = null) =>
        new(StatusCodes.Status400BadRequest, JSendStatus.Fail, message, innerException);

    /// <summary>Null for invalid UTF-8 or half a surrogate pair, which no requested name contains.</summary>
    private static string? NameOf(JsonProperty property)
    {
        try
        {
            return property.Name;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private static string Describe(JsonValueKind kind) => kind switch
    {
        JsonValueKind.Object => "an object",
        JsonValueKind.Array => "an array",
        JsonValueKind.String => "a string",
        JsonValueKind.Number => "a number",
        _ => "a literal",
    };
}
