namespace MarbleRun.Manifests.Templates;

/// <summary>
/// The work that several templates may use together: each part of a template that is visited counts as one step, and so do every 8 bytes
/// that a function reads or creates. A file with a few secrets needs about ten steps. Not thread-safe.
/// </summary>
/// <param name="steps">The number of steps.</param>
/// <param name="rendered">The number of bytes that the results may have together.</param>
/// <param name="stepsOfVisit">The number of steps that a visited part counts; a visit takes longer than 8 bytes do.</param>
internal sealed class TemplateBudget(long steps, long rendered = long.MaxValue, int stepsOfVisit = 1)
{
    private long _left = steps;
    private long _bytesLeft = rendered;

    /// <summary>Whether more steps or bytes were requested than available.</summary>
    public bool IsSpent => _left < 0 || _bytesLeft < 0;

    /// <summary>The number of bytes that the results may have together.</summary>
    internal long Rendered { get; } = rendered;

    /// <summary>Uses bytes for a result; false if not enough are left.</summary>
    internal bool TryRender(long bytes)
    {
        _bytesLeft -= bytes;
        return _bytesLeft >= 0;
    }

    /// <summary>Uses the steps of a visited part; false if not enough are left.</summary>
    internal bool TryVisit() => TrySpend(stepsOfVisit);

    /// <summary>Uses steps; false if not enough are left.</summary>
    internal bool TrySpend(long steps)
    {
        _left -= steps;
        return _left >= 0;
    }
}
