using System.Buffers;
using System.Buffers.Binary;

namespace MarbleRun.AspNetCore.Limits;

/// <summary>
/// Counts what a client sends in its handshake. Its ClientHello counts by itself: key shares that resist quantum computers make it large,
/// and it costs nothing. What follows it is mostly certificates, and each has its price.
/// </summary>
/// <param name="most">The bytes that may follow the ClientHello.</param>
internal sealed class HandshakeBytes(int most)
{
    /// <summary>The bytes of the ClientHello, of both if the server asks for a second one (RFC 8446, 4.1.4).</summary>
    public const int MostOfHello = 8192;

    private const byte ClientHello = 1;
    private const int MessageHeaderSize = 4;
    private const int MostHellos = 2;

    private readonly byte[] _header = new byte[MessageHeaderSize];
    private int _headerLength;
    private int _hellos;
    private int _ofHello;
    private long _hello;
    private long _behind;
    private bool _hasChangedCipher;
    private bool _isBehind;

    /// <summary>Whether no record was counted yet.</summary>
    public bool IsEmpty => _hello + _behind == 0;

    /// <summary>Whether more was sent than fits, or than a message says of itself.</summary>
    public bool IsTooMuch => _behind > most || _hello + _ofHello > MostOfHello;

    /// <summary>Whether there are more certificates than those of Marbles are: such handshakes are worked on last.</summary>
    public bool IsLarge => 3 * _behind > 2 * most;

    /// <summary>Whether a record that is not whole yet is too much, whatever it holds.</summary>
    public bool WouldExceed(byte recordType, long length) =>
        _isBehind || recordType != TlsRecord.Handshake ? _behind + length > most : _hello + _behind + length > MostOfHello + most;

    /// <summary>Counts a whole record.</summary>
    public void Add(ReadOnlySequence<byte> record)
    {
        byte type = record.FirstSpan[0];
        if (_isBehind || type != TlsRecord.Handshake)
        {
            // A change of the cipher that older devices on the way want to see may stand before the second ClientHello.
            _hasChangedCipher |= type == TlsRecord.ChangeCipherSpec;
            _isBehind |= type != TlsRecord.ChangeCipherSpec;
            _behind += record.Length;
            return;
        }

        foreach (ReadOnlyMemory<byte> segment in record.Slice(TlsRecord.HeaderSize))
        {
            AddMessages(segment.Span);
        }

        if (_isBehind)
        {
            _behind += TlsRecord.HeaderSize;
        }
        else
        {
            _hello += TlsRecord.HeaderSize;
        }
    }

    /// <summary>
    /// Whether what has the type of a ClientHello is encrypted: behind a change of the cipher, a client that resumes a session of TLS 1.2
    /// sends its encrypted Finished (RFC 5246, 7.3) in a record of the same type as a second ClientHello. One in 256 looks like one, and
    /// hardly any of these announces a length that a ClientHello may have.
    /// </summary>
    private bool IsEncrypted(int announced) => _hasChangedCipher && _hello + MessageHeaderSize + announced > MostOfHello;

    /// <summary>A record may hold several messages, and a message may begin in one record and end in another.</summary>
    private void AddMessages(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty && !_isBehind)
        {
            bytes = bytes[(_ofHello == 0 ? AddHeader(bytes) : AddHello(bytes))..];
        }

        _behind += bytes.Length;
    }

    private int AddHello(ReadOnlySpan<byte> bytes)
    {
        int count = Math.Min(_ofHello, bytes.Length);
        _ofHello -= count;
        _hello += count;
        return count;
    }

    private int AddHeader(ReadOnlySpan<byte> bytes)
    {
        int count = Math.Min(MessageHeaderSize - _headerLength, bytes.Length);
        bytes[..count].CopyTo(_header.AsSpan(_headerLength));
        _headerLength += count;
        if (_headerLength < MessageHeaderSize)
        {
            return count;
        }

        _headerLength = 0;
        int length = (_header[1] << 16) | BinaryPrimitives.ReadUInt16BigEndian(_header.AsSpan(2));
        if (_header[0] == ClientHello && _hellos < MostHellos && !IsEncrypted(length))
        {
            _hellos++;
            _hello += MessageHeaderSize;
            _ofHello = length;
        }
        else
        {
            _isBehind = true;
            _behind += MessageHeaderSize;
        }

        return count;
    }
}
