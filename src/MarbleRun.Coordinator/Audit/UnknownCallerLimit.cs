using MarbleRun.Audit;

namespace MarbleRun.Coordinator.Audit;

/// <summary>
/// Limits the records that callers without permission can cause in a minute. Each action, each outcome, and callers with and without a
/// certificate are counted separately, so that many records of one kind do not displace the others; one certificate has only a share of its
/// kind. Memory is bounded: a certificate is remembered for the minute in which a record of it was written, and actions are constants of
/// the code.
/// </summary>
internal sealed class UnknownCallerLimit(TimeProvider timeProvider)
{
    public const int PerMinute = 60;
    public const int PerMinuteOfOneCertificate = 10;

    private readonly Lock _lock = new();
    private readonly Dictionary<(string Action, AuditOutcome Outcome, bool HasCertificate), Kind> _kinds = [];

    /// <summary>Whether a record may be written now.</summary>
    /// <param name="action">The requested action.</param>
    /// <param name="outcome">The outcome.</param>
    /// <param name="certificateHash">The certificate that was shown, or null.</param>
    /// <param name="omitted">The number of records of this kind omitted since the last one; this record contains it.</param>
    public bool TryTake(string action, AuditOutcome outcome, string? certificateHash, out int omitted)
    {
        long minute = timeProvider.GetUtcNow().ToUnixTimeSeconds() / 60;
        lock (_lock)
        {
            (string, AuditOutcome, bool) key = (action, outcome, certificateHash is not null);
            if (!_kinds.TryGetValue(key, out Kind? kind))
            {
                _kinds.Add(key, kind = new Kind());
            }

            return kind.TryTake(minute, certificateHash, out omitted);
        }
    }

    private sealed class Kind
    {
        private readonly Dictionary<string, int> _certificates = new(StringComparer.Ordinal);
        private long _minute;
        private int _taken;
        private int _omitted;

        public bool TryTake(long minute, string? certificateHash, out int omitted)
        {
            if (minute != _minute)
            {
                (_minute, _taken) = (minute, 0);
                _certificates.Clear();
            }

            int ofCertificate = certificateHash is null ? 0 : _certificates.GetValueOrDefault(certificateHash);
            if (_taken >= PerMinute || ofCertificate >= PerMinuteOfOneCertificate)
            {
                _omitted++;
                omitted = 0;
                return false;
            }

            if (certificateHash is not null)
            {
                _certificates[certificateHash] = ofCertificate + 1;
            }

            _taken++;
            (omitted, _omitted) = (_omitted, 0);
            return true;
        }
    }
}
