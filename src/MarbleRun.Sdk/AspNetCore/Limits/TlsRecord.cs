using System.Buffers;
using System.Buffers.Binary;

namespace MarbleRun.AspNetCore.Limits;

/// <summary>What the first bytes of a client are.</summary>
internal enum TlsRecordKind
{
    /// <summary>Neither TLS nor HTTP.</summary>
    Other = 0,

    /// <summary>The beginning of a record, or of something that cannot be told yet.</summary>
    Incomplete,

    /// <summary>A whole record.</summary>
    Complete,

    /// <summary>A request of HTTP in the clear.</summary>
    PlainHttp,
}

/// <summary>Finds records of TLS (RFC 8446, 5.1): a type, two bytes of version, two of length, and that many bytes.</summary>
internal static class TlsRecord
{
    public const int HeaderSize = 5;
    public const byte ChangeCipherSpec = 20;
    public const byte Handshake = 22;

    private const byte ApplicationData = 23;

    private static readonly string[] s_methods = ["GET /", "HEAD ", "POST ", "PUT /", "OPTIO", "DELET", "PATCH", "TRACE", "CONNE", "PRI *"];

    /// <param name="bytes">What came and was not taken yet.</param>
    /// <param name="isFirst">Whether nothing was taken before.</param>
    /// <param name="length">The whole length of the record, if its header is there; otherwise 0.</param>
    public static TlsRecordKind Find(ReadOnlySequence<byte> bytes, bool isFirst, out long length)
    {
        length = 0;
        if (bytes.IsEmpty)
        {
            return TlsRecordKind.Incomplete;
        }

        byte type = bytes.FirstSpan[0];
        if (type is < ChangeCipherSpec or > ApplicationData || (isFirst && type != Handshake))
        {
            return isFirst ? FindHttp(bytes) : TlsRecordKind.Other;
        }

        if (bytes.Length < HeaderSize)
        {
            return TlsRecordKind.Incomplete;
        }

        Span<byte> header = stackalloc byte[HeaderSize];
        bytes.Slice(0, HeaderSize).CopyTo(header);
        if (header[1] != 3)
        {
            return TlsRecordKind.Other;
        }

        length = HeaderSize + BinaryPrimitives.ReadUInt16BigEndian(header[3..]);
        return bytes.Length < length ? TlsRecordKind.Incomplete : TlsRecordKind.Complete;
    }

    private static TlsRecordKind FindHttp(ReadOnlySequence<byte> bytes)
    {
        Span<byte> start = stackalloc byte[(int)Math.Min(HeaderSize, bytes.Length)];
        bytes.Slice(0, start.Length).CopyTo(start);
        foreach (string method in s_methods)
        {
            if (System.Text.Ascii.Equals(start, method.AsSpan(0, start.Length)))
            {
                return start.Length == HeaderSize ? TlsRecordKind.PlainHttp : TlsRecordKind.Incomplete;
            }
        }

        return TlsRecordKind.Other;
    }
}
