using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using MarbleRun.Coordinator.Audit;
using MarbleRun.Coordinator.Http;
using MarbleRun.Coordinator.Identities;
using MarbleRun.Coordinator.State;
using MarbleRun.Coordinator.Users;
using MarbleRun.Identity;
using MarbleRun.Manifests;

namespace MarbleRun.Coordinator.Counters;

/// <summary><c>POST /api/v2/monotonic-counter</c>, for Marbles.</summary>
internal sealed class CounterEndpoints(
    CounterService counters,
    CurrentState current,
    MarbleRegistry identities,
    AuditLog audit,
    RequestBody body)
    : IApiEndpoints
{
    /// <summary>A name and a number; names are of 4,096 characters at most, each of six bytes in JSON's longest spelling.</summary>
    private const long MaxBody = 32_768;

    public void Map(ApiRoutes routes) => routes.Post("/api/v2/monotonic-counter", RaiseAsync);

    private async Task RaiseAsync(HttpContext context)
    {
        CoordinatorState state = current.Value;
        FeatureGate.Require(state, FeatureGates.MonotonicCounter);
        X509Certificate2? leaf = context.Connection.ClientCertificate;
        MarblePeer marble = await RequireMarbleAsync(state, leaf);
        RecognisedCaller.Mark(context);
        (string name, ulong value) = Read(await body.ReadAsync(context, MaxBody));
        ulong before;
        try
        {
            before = await counters.RaiseAsync(state, marble, name, value, leaf!);
        }
        catch (CounterException exception)
        {
            throw new ApiException(StatusCodes.Status400BadRequest, JSendStatus.Fail, exception.Message, exception);
        }

        await JSend.SuccessAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteNumber("value", before);
            json.WriteEndObject();
        });
    }

    /// <summary>
    /// The leaf alone counts: certificates of Marbles are shown in every handshake of the mesh, so that anybody could append one.
    /// </summary>
    private async Task<MarblePeer> RequireMarbleAsync(CoordinatorState state, X509Certificate2? leaf)
    {
        string? fault = "client certificate did not match any Marble";
        if (leaf is not null && identities.Recognise(state, leaf, out fault) is { } marble)
        {
            if (state.Manifest!.Manifest.Marbles.ContainsKey(marble.MarbleType))
            {
                return marble;
            }

            fault = "the manifest has no such Marble type any more";
        }

        await audit.RecordUnknownCallerAsync("counter.raise", AuditActor.Of(leaf), fault!);
        throw new ApiException(StatusCodes.Status401Unauthorized, JSendStatus.Fail, $"unauthorized marble: {fault}");
    }

    private static (string Name, ulong Value) Read(byte[] json)
    {
        using JsonDocument document = RequestBody.ParseFirstValue(json);
        string name = RequestBody.FindMember(document.RootElement, "name") is { } text
            ? text.ValueKind == JsonValueKind.String
                ? RequestBody.ReadText(text)
                : throw RequestBody.Undecodable("\"name\" must be a string")
            : string.Empty;
        ulong value = RequestBody.FindMember(document.RootElement, "value") is { } number
            ? number.ValueKind == JsonValueKind.Number
                && number.GetRawText().All(char.IsAsciiDigit)
                && number.TryGetUInt64(out ulong parsed)
                ? parsed
                : throw RequestBody.Undecodable("\"value\" must be a whole number from 0 to 18446744073709551615")
            : 0;
        return (name, value);
    }
}
