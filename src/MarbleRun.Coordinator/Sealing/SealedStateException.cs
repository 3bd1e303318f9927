namespace MarbleRun.Coordinator.Sealing;

/// <summary>Sealed state cannot be opened, or there is no key to seal with.</summary>
public sealed class SealedStateException : MarbleRunException
{
    /// <summary>Makes an exception without a sentence.</summary>
    public SealedStateException()
    {
    }

    /// <summary>Makes an exception with a sentence.</summary>
    /// <param name="message">What was wrong, where, and what to do.</param>
    public SealedStateException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an exception with a sentence and its cause.</summary>
    /// <param name="message">What was wrong, where, and what to do.</param>
    /// <param name="innerException">The cause.</param>
    public SealedStateException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
