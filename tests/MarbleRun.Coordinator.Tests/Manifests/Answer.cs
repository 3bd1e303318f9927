using System.Net;
using System.Text.Json;

namespace MarbleRun.Coordinator.Tests.Manifests;

/// <summary>What the client port answered.</summary>
internal sealed record Answer(HttpStatusCode Status, string ContentType, string Body)
{
    /// <summary>Status and body as one text, for comparison.</summary>
    public string Text => $"{(int)Status} {ContentType} {Body}";

    public bool IsSuccess => Status == HttpStatusCode.OK;

    /// <summary>The member <c>data</c>.</summary>
    public JsonElement Data => JsonDocument.Parse(Body).RootElement.GetProperty("data");

    /// <summary>The member <c>message</c>, or null.</summary>
    public string? Message =>
        JsonDocument.Parse(Body).RootElement.TryGetProperty("message", out JsonElement message) ? message.GetString() : null;

    /// <summary>The same answer, if it is a success.</summary>
    public Answer Require()
    {
        Assert.True(IsSuccess, Text);
        return this;
    }

    /// <summary>Requires an <c>error</c> with exactly this message.</summary>
    public void AssertError(HttpStatusCode status, string message) => Assert.Equal(
        (status, "text/plain; charset=utf-8",
            $"{{\"status\":\"error\",\"data\":null,\"message\":{JsonSerializer.Serialize(message, GovernedManifest.Relaxed)}}}\n"),
        (Status, ContentType, Body));
}
