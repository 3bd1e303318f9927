namespace MarbleRun.Coordinator.Stores;

/// <summary>The store could not be read or written.</summary>
public sealed class StateStoreException : MarbleRunException
{
    /// <summary>Makes an exception without a sentence.</summary>
    public StateStoreException()
    {
    }

    /// <summary>Makes an exception with a sentence.</summary>
    /// <param name="message">What was wrong, where, and what to do.</param>
    public StateStoreException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an exception with a sentence and its cause.</summary>
    /// <param name="message">What was wrong, where, and what to do.</param>
    /// <param name="innerException">The cause.</param>
    public StateStoreException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>True if the change may or may not have become durable: only loading again tells.</summary>
    public bool IsOutcomeUnknown { get; init; }
}
