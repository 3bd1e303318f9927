using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace MarbleRun.Coordinator.Http.Limits;

/// <summary>
/// Takes in the one message of a call of the mesh port before gRPC sees it, so that what unauthenticated callers hold is counted, has a
/// deadline and is refused without a trace of a stack. A method that takes a stream of messages would wait here for its end: the mesh port
/// has none.
/// </summary>
internal sealed class MeshMessages(BodyReader reader, RequestBudget budget, IOptions<CoordinatorOptions> options)
{
    /// <summary>A flag and four bytes of length ("Length-Prefixed-Message", gRPC over HTTP/2).</summary>
    private const int PrefixSize = 5;

    private const int DeadlineExceeded = 4;
    private const int ResourceExhausted = 8;
    private const int Unavailable = 14;

    private readonly int _limit = options.Value.Limits.MaxMessageSize;

    public async Task InvokeAsync(HttpContext context, RequestDelegate next)
    {
        if (context.GetEndpoint() is null)
        {
            // Nothing that is offered: answered without its message.
            await next(context);
            return;
        }

        try
        {
            using RequestAccount account = budget.OpenMesh(context);
            context.Features.Set<IRequestBodyPipeFeature>(new Body(await ReadAsync(context, account)));
        }
        catch (BodyRefusedException exception)
        {
            Answer(context, exception);
            return;
        }

        await next(context);
    }

    private async Task<byte[]> ReadAsync(HttpContext context, RequestAccount account)
    {
        // A message that says itself that it is too large is not waited for.
        PipeReader body = context.Request.BodyReader;
        if (body.TryRead(out ReadResult first))
        {
            bool isTooLarge = SaysTooMuch(first.Buffer);
            body.AdvanceTo(first.Buffer.Start);
            RefuseIf(isTooLarge);
        }

        byte[] whole = await reader.ReadAsync(context, _limit + PrefixSize, account);

        // The answer does not depend on when the prefix arrived.
        RefuseIf(SaysTooMuch(new ReadOnlySequence<byte>(whole)));
        return whole;
    }

    private void RefuseIf(bool isTooLarge)
    {
        if (isTooLarge)
        {
            budget.Refused(BodyRefusal.TooLarge);
            throw new BodyRefusedException(BodyRefusal.TooLarge, string.Empty);
        }
    }

    private bool SaysTooMuch(ReadOnlySequence<byte> bytes)
    {
        if (bytes.Length < PrefixSize)
        {
            return false;
        }

        Span<byte> prefix = stackalloc byte[PrefixSize];
        bytes.Slice(0, PrefixSize).CopyTo(prefix);
        return BinaryPrimitives.ReadUInt32BigEndian(prefix[1..]) > _limit;
    }

    /// <summary>An answer without a message, whose status stands in the headers ("Trailers-Only").</summary>
    private static void Answer(HttpContext context, BodyRefusedException exception)
    {
        (int status, string message) = exception.Refusal switch
        {
            // As gRPC for .NET says it.
            BodyRefusal.TooLarge => (ResourceExhausted, "Received message exceeds the maximum configured message size."),
            BodyRefusal.TooSlow => (DeadlineExceeded, exception.Message),
            _ => (Unavailable, exception.Message),
        };
        context.Response.ContentType = "application/grpc";
        context.Response.Headers["grpc-status"] = status.ToString(System.Globalization.CultureInfo.InvariantCulture);
        context.Response.Headers["grpc-message"] = message;
    }

    private sealed class Body(byte[] bytes) : IRequestBodyPipeFeature
    {
        public PipeReader Reader { get; } = PipeReader.Create(new ReadOnlySequence<byte>(bytes));
    }
}
