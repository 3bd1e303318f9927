using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using MarbleRun.Identity;
using Microsoft.Extensions.Logging;

namespace MarbleRun.AspNetCore;

/// <summary>
/// Writes one event for each refused caller: its address, what it showed, and what was required. Unauthenticated callers cause these
/// events, so their number is limited for each minute, and more strictly for each address. The number of omitted events is logged with the
/// first event after the minute.
/// </summary>
internal sealed partial class RefusalLog(TimeProvider timeProvider, ILogger<RefusalLog> logger)
{
    internal const int MostInAMinute = 60;
    internal const int MostOfAnAddress = 10;
    private const string AnyMarble = "a certificate of a Marble of this mesh";

    private static readonly TimeSpan s_window = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, int> _ofAddress = [];
    private DateTimeOffset _start;
    private int _logged;
    private long _leftOut;

    /// <summary>Writes the event, unless a limit is reached.</summary>
    /// <param name="caller">The address of the connection; null if it has no address.</param>
    /// <param name="certificate">The certificate that the caller showed, verified or not.</param>
    /// <param name="peer">The Marble that the verified certificate names.</param>
    /// <param name="reason">The reason for the refusal.</param>
    /// <param name="required">What the caller would have to show to be admitted.</param>
    public void Report(IPEndPoint? caller, X509Certificate2? certificate, MarblePeer? peer, string reason, string required = AnyMarble)
    {
        if (!HasRoom(caller?.Address ?? IPAddress.None, out long leftOut))
        {
            return;
        }

        if (leftOut > 0)
        {
            Log.CallersLeftOut(logger, leftOut);
        }

        string shown = certificate is null
            ? "no certificate"
            : $"a certificate with the SHA-256 {certificate.GetCertHashString(HashAlgorithmName.SHA256)}";
        Log.CallerRefused(
            logger, caller?.ToString() ?? "an unknown address", reason, peer is null ? shown : $"{shown} of {peer}", required);
    }

    private bool HasRoom(IPAddress address, out long leftOut)
    {
        lock (_lock)
        {
            leftOut = 0;
            DateTimeOffset now = timeProvider.GetUtcNow();
            if (now - _start >= s_window || now < _start)
            {
                leftOut = _leftOut;
                (_start, _logged, _leftOut) = (now, 0, 0);
                _ofAddress.Clear();
            }

            int already = _ofAddress.GetValueOrDefault(address);
            if (_logged >= MostInAMinute || already >= MostOfAnAddress)
            {
                _leftOut++;
                return false;
            }

            _logged++;
            _ofAddress[address] = already + 1;
            return true;
        }
    }

    private static partial class Log
    {
        [LoggerMessage(
            EventIds.CallerRefused,
            LogLevel.Warning,
            "Refused a caller from {Address}: {Reason}. It showed {Shown}; required is {Required}.",
            EventName = "CallerRefused")]
        public static partial void CallerRefused(ILogger logger, string address, string reason, string shown, string required);

        [LoggerMessage(
            EventIds.CallersLeftOut,
            LogLevel.Warning,
            "{Count} more callers were refused; their events were omitted to limit the log.",
            EventName = "CallersLeftOut")]
        public static partial void CallersLeftOut(ILogger logger, long count);
    }
}
