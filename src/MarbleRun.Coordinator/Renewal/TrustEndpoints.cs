using MarbleRun.Coordinator.Http;
using MarbleRun.Coordinator.State;
using MarbleRun.Protos;

namespace MarbleRun.Coordinator.Renewal;

/// <summary><c>GET /api/v2/trust</c>: the signed trust list for relying parties outside the mesh.</summary>
internal sealed class TrustEndpoints(TrustFeed feed, CurrentState current) : IApiEndpoints
{
    private readonly SharedAnswer<SignedTrustList> _answer = new((writer, signed) =>
    {
        writer.WriteStartObject();
        writer.WriteBase64String("list", signed.List.Span);
        writer.WriteBase64String("signature", signed.Signature.Span);
        writer.WriteEndObject();
    });

    public void Map(ApiRoutes routes) => routes.Get("/api/v2/trust", AnswerAsync);

    private Task AnswerAsync(HttpContext context) => current.Value.Manifest is null
        ? throw new ApiException(StatusCodes.Status500InternalServerError, JSendStatus.Error, "no manifest set")
        : _answer.AnswerAsync(context, feed.Read().List);
}
