using System.Buffers;
using System.Buffers.Binary;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;

namespace MarbleRun.Coordinator.Activation;

/// <summary>What is wrong with the body of a call, before any code of a service sees it.</summary>
/// <param name="Code">The status of gRPC that it is answered with.</param>
/// <param name="Message">The sentence, as gRPC for .NET or Go has it.</param>
/// <param name="Reason">The label of the metric: one of a few words.</param>
internal sealed record MessageFault(StatusCode Code, string Message, string Reason)
{
    /// <summary>A flag and four bytes of length ("Length-Prefixed-Message", gRPC over HTTP/2).</summary>
    private const int PrefixSize = 5;

    public static MessageFault Incomplete { get; } = new(StatusCode.Internal, "Incomplete message.", "incomplete");

    /// <summary>Looks at what has come of a body that holds one message.</summary>
    /// <param name="body">All that has come.</param>
    /// <param name="isWhole">Whether nothing more comes.</param>
    /// <param name="type">The message, or null if only its frame is judged.</param>
    /// <returns>The fault; null if there is none so far.</returns>
    public static MessageFault? Find(ReadOnlySequence<byte> body, bool isWhole, MessageDescriptor? type)
    {
        if (body.Length < PrefixSize)
        {
            return isWhole ? Incomplete : null;
        }

        Span<byte> prefix = stackalloc byte[PrefixSize];
        body.Slice(0, PrefixSize).CopyTo(prefix);
        long length = BinaryPrimitives.ReadUInt32BigEndian(prefix[1..]);
        return prefix[0] == 1 ? new MessageFault(StatusCode.Unimplemented, "compressed messages are not taken", "compressed")
            : prefix[0] != 0 ? new MessageFault(StatusCode.Internal, $"grpc: received unexpected payload format {prefix[0]}", "frame")
            : body.Length > PrefixSize + length ? new MessageFault(StatusCode.Internal, "Additional data after the message received.", "frame")
            : !isWhole ? null
            : body.Length < PrefixSize + length ? Incomplete
            : type is null ? null
            : Parse(body.Slice(PrefixSize), type);
    }

    private static MessageFault? Parse(ReadOnlySequence<byte> message, MessageDescriptor type)
    {
        try
        {
            type.Parser.ParseFrom(message);
            return null;
        }
        catch (InvalidProtocolBufferException)
        {
            return new MessageFault(StatusCode.Internal, "grpc: error unmarshalling request: it is no message of this method", "message");
        }
    }
}
