using MarbleRun.Attestation;
using MarbleRun.Coordinator.Authority;
using MarbleRun.Coordinator.Http;
using MarbleRun.Coordinator.State;
using MarbleRun.Primitives;

namespace MarbleRun.Coordinator.Attestation;

/// <summary><c>GET /quote</c> and <c>GET /api/v2/quote?nonce=…</c>.</summary>
internal sealed class QuoteEndpoints(QuoteService quotes, CurrentState current) : IApiEndpoints
{
    public void Map(ApiRoutes routes)
    {
        routes.Get("/quote", context => AnswerAsync(context, "Cert", "Quote", nonce: default));
        routes.Get("/api/v2/quote", context => AnswerAsync(context, "cert", "quote", ReadNonce(context)));
    }

    private async Task AnswerAsync(HttpContext context, string certificateName, string quoteName, ReadOnlyMemory<byte> nonce)
    {
        CoordinatorState state = current.Value;
        Quote quote;
        try
        {
            quote = await quotes.GetAsync(state, nonce, RequestCaller.Of(context, state), context.RequestAborted);
        }
        catch (AttestationException exception)
        {
            throw new ApiException(
                StatusCodes.Status500InternalServerError,
                JSendStatus.Error,
                $"getting quote: failed to get quote: {exception.Message}",
                exception);
        }

        await JSend.SuccessAsync(context, writer =>
        {
            writer.WriteStartObject();
            writer.WriteString(
                certificateName, Pem.Certificate(state.Authority.Intermediate.RawData) + Pem.Certificate(state.Authority.Root.RawData));
            writer.WriteBase64String(quoteName, quote.ToEvidence());
            writer.WriteEndObject();
        });
    }

    private static byte[] ReadNonce(HttpContext context)
    {
        string text = context.Request.Query["nonce"].FirstOrDefault() ?? string.Empty;
        return StrictBase64.UrlSafe.TryDecode(text, out byte[] nonce, out int offset)
            ? nonce
            : throw new ApiException(
                StatusCodes.Status400BadRequest,
                JSendStatus.Fail,
                $"invalid query: bad nonce format: illegal base64 data at input byte {offset}");
    }
}
