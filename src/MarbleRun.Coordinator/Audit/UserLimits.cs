using System.Collections.Concurrent;

namespace MarbleRun.Coordinator.Audit;

/// <summary>How many refusals of one user are recorded in a minute; one who asks too often hides no other. Users are those of manifests, so few.</summary>
internal sealed class UserLimits(int perMinute, TimeProvider timeProvider)
{
    private readonly ConcurrentDictionary<string, RecordLimit> _users = new(StringComparer.Ordinal);

    /// <summary>Whether a record of this user may be written now.</summary>
    /// <param name="actor">The user.</param>
    /// <param name="omitted">How many of this user were left out since the last one.</param>
    public bool TryTake(AuditActor actor, out int omitted) =>
        _users.GetOrAdd(actor.CertificateHash ?? string.Empty, _ => new RecordLimit(perMinute, timeProvider)).TryTake(out omitted);
}
