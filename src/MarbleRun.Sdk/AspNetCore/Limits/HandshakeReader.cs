using System.Buffers;
using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;

namespace MarbleRun.AspNetCore.Limits;

/// <summary>
/// Stands between a socket and TLS until the handshake is over. It gives one record of TLS after another, each when it is whole and has a
/// place at the gate; so a peer that is silent holds no place, what a handshake may send is counted to the byte, and data of the
/// application behind it is not.
/// </summary>
internal sealed class HandshakeReader(
    ConnectionContext connection, IDuplexPipe transport, ConnectionGuard guard, AddressAccount caller, int mostBytes)
    : PipeReader
{
    private readonly Lock _lock = new();
    private readonly PipeReader _input = transport.Input;
    private readonly HandshakeBytes _sent = new(mostBytes);
    private Stage _stage;
    private HandshakeTurn? _turn;
    private ReadOnlySequence<byte> _given;
    private long _left;

    private enum Stage
    {
        Unknown = 0,
        Handshake,
        Open,
        Ended,
    }

    /// <summary>The handshake is over, or needs nothing any more that costs much.</summary>
    public void LeavePlace()
    {
        HandshakeTurn? turn;
        lock (_lock)
        {
            (turn, _turn) = (_turn, null);
        }

        if (turn is not null)
        {
            guard.Gate.Leave(turn);
        }
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) =>
        IsOpen() ? _input.ReadAsync(cancellationToken) : ReadRecordAsync(cancellationToken);

    public override bool TryRead(out ReadResult result)
    {
        result = default;
        return IsOpen() && _input.TryRead(out result);
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        if (_stage == Stage.Ended)
        {
            return;
        }

        if (_stage == Stage.Handshake)
        {
            _left -= _given.Slice(0, consumed).Length;
            _given = default;
        }

        _input.AdvanceTo(consumed, examined);
    }

    public override void CancelPendingRead() => _input.CancelPendingRead();

    public override void Complete(Exception? exception = null)
    {
        LeavePlace();
        _input.Complete(exception);
    }

    private bool IsOpen()
    {
        if (_stage == Stage.Unknown)
        {
            // The reader is TLS, unless this port has no TLS. TLS says so before it reads.
            _stage = connection.Features.Get<ITlsHandshakeFeature>() is null ? Stage.Open : Stage.Handshake;
        }
        else if (_stage == Stage.Handshake && _left == 0 && connection.Features.Get<ISslStreamFeature>()?.SslStream.IsAuthenticated == true)
        {
            LeavePlace();
            _stage = Stage.Open;
        }

        return _stage == Stage.Open;
    }

    private async ValueTask<ReadResult> ReadRecordAsync(CancellationToken cancellationToken)
    {
        if (_left == 0)
        {
            // What was given before is worked on.
            LeavePlace();
        }

        while (_stage == Stage.Handshake)
        {
            ReadResult result = await _input.ReadAsync(cancellationToken).ConfigureAwait(false);
            if (result.IsCanceled)
            {
                return Give(result, count: 0);
            }

            if (_left > 0 && !result.Buffer.IsEmpty)
            {
                return Give(result, _left);
            }

            TlsRecordKind kind = TlsRecord.Find(result.Buffer, isFirst: _sent.IsEmpty, out long length);
            if (kind is TlsRecordKind.Other or TlsRecordKind.PlainHttp || Exceeds(kind, length, result.Buffer))
            {
                await RefuseAsync(kind, result.Buffer.End).ConfigureAwait(false);
            }
            else if (kind == TlsRecordKind.Complete)
            {
                await EnterAsync(length, result.Buffer.Start, cancellationToken).ConfigureAwait(false);
                return Give(result, length);
            }
            else if (result.IsCompleted)
            {
                return Give(result, result.Buffer.Length);
            }
            else
            {
                _input.AdvanceTo(result.Buffer.Start, result.Buffer.End);
            }
        }

        return new ReadResult(default, isCanceled: false, isCompleted: true);
    }

    /// <summary>
    /// Whether a record is too much, known as soon as its length is; a whole one is counted. Before its first record is answered a client
    /// has nothing to send behind its ClientHello.
    /// </summary>
    private bool Exceeds(TlsRecordKind kind, long length, ReadOnlySequence<byte> received)
    {
        if (length == 0)
        {
            return false;
        }

        if (_sent.WouldExceed(received.FirstSpan[0], length) || (_sent.IsEmpty && received.Length > HandshakeBytes.MostOfHello + mostBytes))
        {
            return true;
        }

        if (kind == TlsRecordKind.Complete)
        {
            _sent.Add(received.Slice(0, length));
        }

        return _sent.IsTooMuch;
    }

    private async ValueTask EnterAsync(long length, SequencePosition start, CancellationToken cancellationToken)
    {
        HandshakeTurn turn;
        try
        {
            turn = await guard.Gate.EnterAsync(caller, _sent.IsLarge, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            _input.AdvanceTo(start);
            throw;
        }

        lock (_lock)
        {
            _turn = turn;
        }

        _left = length;
    }

    private ReadResult Give(ReadResult result, long count)
    {
        _given = result.Buffer.Slice(0, Math.Min(count, result.Buffer.Length));
        return new ReadResult(_given, result.IsCanceled, result.IsCompleted && _given.Length == result.Buffer.Length);
    }

    private async ValueTask RefuseAsync(TlsRecordKind kind, SequencePosition end)
    {
        _input.AdvanceTo(end);
        _stage = Stage.Ended;
        switch (kind)
        {
            case TlsRecordKind.PlainHttp:
                guard.Refuse(connection, ConnectionRefusal.PlainHttp);
                await transport.Output.WriteAsync(PlainHttp.Answer).ConfigureAwait(false);
                break;
            case TlsRecordKind.Other:
                guard.Refuse(connection, ConnectionRefusal.NotTls);
                connection.Abort(new ConnectionAbortedException("The peer speaks no TLS."));
                break;
            default:
                guard.Refuse(connection, ConnectionRefusal.HandshakeTooLarge);
                connection.Abort(new ConnectionAbortedException("The peer's TLS handshake is too large."));
                break;
        }
    }
}
