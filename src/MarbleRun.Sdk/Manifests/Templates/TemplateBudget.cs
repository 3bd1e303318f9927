namespace MarbleRun.Manifests.Templates;

/// <summary>
/// The work that several templates may make together: each part of a template that is visited takes a step, and every 8 bytes that a function reads or makes.
/// A file with a few secrets takes about ten. Not safe for use by several threads.
/// </summary>
/// <param name="steps">How many steps there are.</param>
/// <param name="rendered">How many bytes the results may have together.</param>
public sealed class TemplateBudget(long steps, long rendered = long.MaxValue)
{
    private long _left = steps;
    private long _bytesLeft = rendered;

    /// <summary>More was wanted than there was.</summary>
    public bool IsSpent => _left < 0 || _bytesLeft < 0;

    /// <summary>How many bytes the results may have together.</summary>
    internal long Rendered { get; } = rendered;

    /// <summary>Takes bytes of a result; false if there are not as many left.</summary>
    internal bool TryRender(long bytes)
    {
        _bytesLeft -= bytes;
        return _bytesLeft >= 0;
    }

    /// <summary>Takes steps; false if there are not as many left.</summary>
    internal bool TrySpend(long steps)
    {
        _left -= steps;
        return _left >= 0;
    }
}
