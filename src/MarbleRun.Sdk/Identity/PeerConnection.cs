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
        Drain();
    }

    /// <summary>Ends the connection now.</summary>
    public void Abort(string reason)
    {
        Log.ConnectionAborted(logger, reason);
        AbortCore(reason);
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
    }
}
