using MarbleRun.Coordinator.Http;
using MarbleRun.Coordinator.State;
using MarbleRun.Management;

namespace MarbleRun.Coordinator.Revocation;

/// <summary><c>GET /api/v2/crl</c>: the certificate revocation list, DER, for any caller and without an envelope.</summary>
internal sealed class RevocationListEndpoint(RevocationListService lists, CurrentState current) : IApiEndpoints
{
    /// <summary>The media type of RFC 2585, 4.2.</summary>
    private const string ContentType = "application/pkix-crl";

    public void Map(ApiRoutes routes) => routes.Get("/api/v2/crl", AnswerAsync);

    private async Task AnswerAsync(HttpContext context)
    {
        CoordinatorState state = current.Value;
        if (state.Phase != CoordinatorPhase.AcceptingMarbles)
        {
            throw new ApiException(StatusCodes.Status500InternalServerError, JSendStatus.Error, "server is not in expected state");
        }

        ReadOnlyMemory<byte> list = lists.Get(state);
        context.Response.ContentType = ContentType;
        context.Response.ContentLength = list.Length;
        await context.Response.Body.WriteAsync(list, context.RequestAborted);
    }
}
