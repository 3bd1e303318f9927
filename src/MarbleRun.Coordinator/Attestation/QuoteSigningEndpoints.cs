using MarbleRun.Coordinator.Audit;
using MarbleRun.Coordinator.Http;
using MarbleRun.Coordinator.State;
using MarbleRun.Manifests;

namespace MarbleRun.Coordinator.Attestation;

/// <summary><c>POST /api/v2/sign-quote</c>.</summary>
internal sealed class QuoteSigningEndpoints(QuoteSigning signing, CurrentState current, RequestBody body) : IApiEndpoints
{
    private const string Member = "sgxQuote";

    /// <summary>Evidence of 64 KiB, which is several times what platforms issue, in base64 and JSON, with room for line breaks.</summary>
    private const long MaxBody = 131_072;

    public void Map(ApiRoutes routes) => routes.Post("/api/v2/sign-quote", SignAsync);

    private async Task SignAsync(HttpContext context)
    {
        CoordinatorState state = current.Value;
        FeatureGate.Require(state, FeatureGates.SignQuoteEndpoint);
        byte[] evidence = Read(await body.ReadAsync(context, MaxBody));
        SignedQuote signed;
        try
        {
            signed = await signing.SignAsync(
                state,
                evidence,
                AuditActor.Of(context.Connection.ClientCertificate),
                RequestCaller.Of(context, state),
                context.RequestAborted);
        }
        catch (QuoteNotSignedException exception)
        {
            throw new ApiException(StatusCodes.Status400BadRequest, JSendStatus.Fail, "quote verification failed", exception)
            {
                Field = (Member, $"quote verification failed: {exception.Message}"),
            };
        }

        await JSend.SuccessAsync(context, json =>
        {
            json.WriteStartObject();
            json.WriteString("tcbStatus", signed.TcbStatus);
            json.WriteBase64String("verificationSignature", signed.Signature.Span);
            json.WriteEndObject();
        });
    }

    private static byte[] Read(byte[] json)
    {
        try
        {
            return RequestBody.ReadBytesMember(json, Member) ?? [];
        }
        catch (ApiException exception)
        {
            throw new ApiException(exception.StatusCode, exception.Status, $"bad request: {exception.Message}", exception)
            {
                Field = (Member, "failed to parse JSON data"),
            };
        }
    }
}
