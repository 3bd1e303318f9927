using System.Collections.Concurrent;

namespace MarbleRun.Coordinator.Audit;

/// <summary>Limits the recorded refusals of one user in a minute, so that a user with many requests does not hide another one. Only users
/// of manifests are counted, so there are few.</summary>
internal sealed class UserLimits(int perMinute, TimeProvider timeProvider)
{
    private readonly ConcurrentDictionary<string, RecordLimit> _users = new(StringComparer.Ordinal);

    /// <summary>Whether a record of this user may be written now.</summary>
    /// <param name="actor">The user.</param>
    /// <param name="omitted">The number of records of this user omitted since the last one.</param>
    public bool TryTake(AuditActor actor, out int omitted) =>
        _users.GetOrAdd(actor.CertificateHash ?? string.Empty, _ => new RecordLimit(perMinute, timeProvider)).TryTake(out omitted);
}
