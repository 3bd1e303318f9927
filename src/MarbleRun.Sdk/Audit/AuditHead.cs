namespace MarbleRun.Audit;

/// <summary>
/// The end of an audit trail at a point in time. If you store it elsewhere, it proves later that nothing up to it was changed or removed.
/// </summary>
/// <param name="Sequence">The number of the last record; 0 before the first one.</param>
/// <param name="Hash">SHA-256 of its line without the line feed, 64 lower-case hexadecimal digits; zeros before the first one.</param>
public sealed record AuditHead(long Sequence, string Hash)
{
    /// <summary>The head of a trail without records.</summary>
    public static AuditHead Start { get; } = new(0, new string('0', 64));
}
