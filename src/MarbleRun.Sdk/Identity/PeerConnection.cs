using Microsoft.Extensions.Logging;

namespace MarbleRun.Identity;

/// <summary>An open connection to a peer that was accepted in its handshake.</summary>
internal abstract partial class PeerConnection(ILogger logger)
{
    /// <summary>False once the connection is known to be closed.</summary>
    public abstract bool IsOpen { get; }

    /// <summary>Takes no new requests; those that run may end.</summary>
    public void Drain(string reason)
    {
        Log.ConnectionDrained(logger, reason);
        Close(Drain);
    }

    /// <summary>Ends the connection now.</summary>
    public void Abort(string reason)
    {
        Log.ConnectionAborted(logger, reason);
        Close(() => AbortCore(reason));
    }

    /// <summary>A stream of an app may throw; the other connections must be closed nevertheless.</summary>
    private void Close(Action close)
    {
        try
        {
            close();
        }
        catch (Exception exception)
        {
            Log.ConnectionCloseFailed(logger, exception);
        }
    }

    protected abstract void Drain();

    protected abstract void AbortCore(string reason);

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.ConnectionDrained,
            LogLevel.Information,
            "A connection takes no new requests, because its peer is not accepted any more: {Reason}.",
            EventName = "ConnectionDrained")]
        public static partial void ConnectionDrained(ILogger logger, string reason);

        [LoggerMessage(
            EventIds.ConnectionAborted,
            LogLevel.Warning,
            "Closed a connection, because its peer is not accepted any more: {Reason}.",
            EventName = "ConnectionAborted")]
        public static partial void ConnectionAborted(ILogger logger, string reason);

        [LoggerMessage(
            EventIds.ConnectionCloseFailed,
            LogLevel.Error,
            "A connection to a peer that is not accepted any more could not be closed.",
            EventName = "ConnectionCloseFailed")]
        public static partial void ConnectionCloseFailed(ILogger logger, Exception exception);
    }
}
