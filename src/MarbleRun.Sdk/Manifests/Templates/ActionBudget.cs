namespace MarbleRun.Manifests.Templates;

/// <summary>
/// The bytes that the actions of several templates may have together, delimiters included and spaces not: what parsing costs follows this
/// number more than the length of the text. Not thread-safe.
/// </summary>
/// <param name="bytes">The number of bytes.</param>
internal sealed class ActionBudget(long bytes)
{
    private long _left = bytes;

    /// <summary>The number of bytes that the actions may have together.</summary>
    public long Bytes { get; } = bytes;

    /// <summary>Uses bytes; false if not enough are left.</summary>
    public bool TrySpend(long bytes)
    {
        _left -= bytes;
        return _left >= 0;
    }
}
