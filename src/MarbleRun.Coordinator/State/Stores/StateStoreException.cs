namespace MarbleRun.Coordinator.State.Stores;

/// <summary>The store could not be read or written.</summary>
public sealed class StateStoreException : MarbleRunException
{
    /// <summary>Initializes a new instance of the <see cref="StateStoreException"/> class.</summary>
    public StateStoreException()
    {
    }

    /// <summary>Initializes a new instance of the <see cref="StateStoreException"/> class with a specified error message.</summary>
    /// <param name="message">What was wrong, where, and what to do.</param>
    public StateStoreException(string message)
        : base(message)
    {
    }

    /// <summary>
    /// Initializes a new instance of the <see cref="StateStoreException"/> class with a specified error message and its cause.
    /// </summary>
    /// <param name="message">What was wrong, where, and what to do.</param>
    /// <param name="innerException">The cause.</param>
    public StateStoreException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>True if the change may or may not have become durable: only loading again shows it.</summary>
    public bool IsOutcomeUnknown { get; init; }

    /// <summary>
    /// Whether the same request can succeed later: a shared store does not answer, or others were faster again and again.
    /// </summary>
    internal bool IsTemporary { get; init; }

    /// <summary>True if nothing was changed because the version in the store is not the expected one: load again, and try again.</summary>
    public bool IsConflict { get; init; }
}
