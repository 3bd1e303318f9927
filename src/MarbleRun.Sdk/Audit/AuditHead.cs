namespace MarbleRun.Audit;

/// <summary>The end of an audit trail at some moment. Kept elsewhere, it proves later that nothing up to it was changed or cut off.</summary>
/// <param name="Sequence">The number of the last record; 0 before the first one.</param>
/// <param name="Hash">SHA-256 of its line without the line feed, 64 hexadecimal digits in lower case; zeros before the first one.</param>
public sealed record AuditHead(long Sequence, string Hash)
{
    /// <summary>Before the first record.</summary>
    public static AuditHead Start { get; } = new(0, new string('0', 64));
}
