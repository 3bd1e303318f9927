using MarbleRun.Audit;

namespace MarbleRun.Coordinator.Audit;

/// <summary>
/// How many records people without a right can cause in a minute. Each action, each outcome, and callers with and without a certificate count for themselves, so that
/// many of one kind leave the others in the trail; and one certificate has a share of its kind alone. Memory is bounded: a certificate is remembered for the minute in
/// which a record of it was written, and actions are words of the code.
/// </summary>
internal sealed class StrangerLimit(TimeProvider timeProvider)
{
    public const int PerMinute = 60;
    public const int PerMinuteOfOneCertificate = 10;

    private readonly Lock _lock = new();
    private readonly Dictionary<(string Action, AuditOutcome Outcome, bool HasCertificate), Kind> _kinds = [];

    /// <summary>Whether a record may be written now.</summary>
    /// <param name="action">What was asked for.</param>
    /// <param name="outcome">What was decided.</param>
    /// <param name="certificateHash">The certificate that was shown, or null.</param>
    /// <param name="omitted">How many of this kind were left out since the last one; it is told by this one.</param>
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
