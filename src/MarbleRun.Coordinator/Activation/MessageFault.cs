using System.Buffers;
using System.Buffers.Binary;
using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;

namespace MarbleRun.Coordinator.Activation;

/// <summary>An error in the body of a call, found before any code of a service reads it.</summary>
/// <param name="Code">The gRPC status of the answer.</param>
/// <param name="Message">The message, as in gRPC for .NET or Go.</param>
/// <param name="Reason">The label of the metric, from a fixed list.</param>
internal sealed record MessageFault(StatusCode Code, string Message, string Reason)
{
    /// <summary>A flag and four bytes of length ("Length-Prefixed-Message", gRPC over HTTP/2).</summary>
    private const int PrefixSize = 5;

    public static MessageFault Incomplete { get; } = new(StatusCode.Internal, "Incomplete message.", "incomplete");

    /// <summary>Checks the received part of a body that contains one message.</summary>
    /// <param name="body">Everything that was received.</param>
    /// <param name="isWhole">Whether the body is complete.</param>
    /// <param name="type">The message, or null if only its frame is checked.</param>
    /// <returns>The error; null if none was found so far.</returns>
    public static MessageFault? Find(ReadOnlySequence<byte> body, bool isWhole, MessageDescriptor? type)
    {
        if (body.Length < PrefixSize)
        {
            return isWhole ? Incomplete : null;
        }

        Span<byte> prefix = stackalloc byte[PrefixSize];
        body.Slice(0, PrefixSize).CopyTo(prefix);
        long length = BinaryPrimitives.ReadUInt32BigEndian(prefix[1..]);
        return prefix[0] == 1 ? new MessageFault(StatusCode.Unimplemented, "compressed messages are not supported", "compressed")
            : prefix[0] != 0 ? new MessageFault(StatusCode.Internal, $"grpc: received unexpected payload format {prefix[0]}", "frame")
            : body.Length > PrefixSize + length
                ? new MessageFault(StatusCode.Internal, "Additional data after the message received.", "frame")
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
            return new MessageFault(
                StatusCode.Internal, "grpc: error unmarshalling request: it is not a message of this method", "message");
        }
    }
}
