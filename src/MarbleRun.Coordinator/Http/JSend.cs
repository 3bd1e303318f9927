using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace MarbleRun.Coordinator.Http;

/// <summary>Writes the envelope: <c>status</c>, <c>data</c>, <c>message</c>, compact, one line feed at the end.</summary>
internal static class JSend
{
    // The relaxed encoder keeps base64 readable; characters that matter in HTML are escaped afterwards, as clients of MarbleRun 1.9 expect.
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly SearchValues<byte> s_htmlSpecial = SearchValues.Create("<>&"u8);

    /// <summary>Answers 200; <paramref name="writeData"/> writes <c>data</c>.</summary>
    public static Task SuccessAsync(HttpContext context, Action<Utf8JsonWriter> writeData) =>
        WriteAsync(context, StatusCodes.Status200OK, JSendStatus.Success, writeData, message: null);

    /// <summary>Answers 200 with the result of <see cref="Success"/>.</summary>
    public static Task SuccessAsync(HttpContext context, ReadOnlyMemory<byte> envelope) =>
        WriteAsync(context, StatusCodes.Status200OK, JSendStatus.Success, envelope);

    /// <summary>The whole answer; <paramref name="writeData"/> writes <c>data</c>.</summary>
    public static byte[] Success(Action<Utf8JsonWriter> writeData) => Serialize(JSendStatus.Success, writeData, message: null);

    /// <summary>Answers with a failure; an empty message is left out.</summary>
    /// <param name="context">The request.</param>
    /// <param name="statusCode">The HTTP status.</param>
    /// <param name="status">Error or fail.</param>
    /// <param name="message">The message.</param>
    /// <param name="field">The content of <c>data</c>: one member; null for <c>null</c>.</param>
    public static Task FailureAsync(
        HttpContext context, int statusCode, JSendStatus status, string? message, (string Name, string Fault)? field = null) =>
        WriteAsync(context, statusCode, status, writer => WriteField(writer, field), message);

    private static void WriteField(Utf8JsonWriter writer, (string Name, string Fault)? field)
    {
        if (field is not { } value)
        {
            writer.WriteNullValue();
            return;
        }

        writer.WriteStartObject();
        writer.WriteString(value.Name, value.Fault);
        writer.WriteEndObject();
    }

    private static Task WriteAsync(
        HttpContext context, int statusCode, JSendStatus status, Action<Utf8JsonWriter> writeData, string? message) =>
        WriteAsync(context, statusCode, status, Serialize(status, writeData, message));

    private static async Task WriteAsync(HttpContext context, int statusCode, JSendStatus status, ReadOnlyMemory<byte> body)
    {
        context.Response.StatusCode = statusCode;
        context.Response.ContentLength = body.Length;
        if (status == JSendStatus.Error)
        {
            context.Response.ContentType = "text/plain; charset=utf-8";
            context.Response.Headers.XContentTypeOptions = "nosniff";
        }
        else
        {
            context.Response.ContentType = "application/json";
        }

        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }

    private static byte[] Serialize(JSendStatus status, Action<Utf8JsonWriter> writeData, string? message)
    {
        var json = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(json, s_options))
        {
            writer.WriteStartObject();
            writer.WriteString(
                "status"u8, status switch { JSendStatus.Success => "success"u8, JSendStatus.Fail => "fail"u8, _ => "error"u8 });
            writer.WritePropertyName("data"u8);
            writeData(writer);
            if (!string.IsNullOrEmpty(message))
            {
                writer.WriteString("message"u8, message);
            }

            writer.WriteEndObject();
        }

        return EscapeHtml(json.WrittenSpan);
    }

    /// <summary>In JSON these bytes occur only inside strings, so escaping them afterwards does not change the meaning.</summary>
    private static byte[] EscapeHtml(ReadOnlySpan<byte> json)
    {
        var escaped = new ArrayBufferWriter<byte>(json.Length + 64);
        for (int index = json.IndexOfAny(s_htmlSpecial); index >= 0; index = json.IndexOfAny(s_htmlSpecial))
        {
            escaped.Write(json[..index]);
            escaped.Write(json[index] switch { (byte)'<' => "\\u003c"u8, (byte)'>' => "\\u003e"u8, _ => "\\u0026"u8 });
            json = json[(index + 1)..];
        }

        escaped.Write(json);
        escaped.Write("\n"u8);
        return escaped.WrittenSpan.ToArray();
    }
}
