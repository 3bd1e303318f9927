namespace MarbleRun.Coordinator.State.Sealing;

/// <summary>Sealed state cannot be opened, or there is no key to seal with.</summary>
public sealed class SealedStateException : MarbleRunException
{
    /// <summary>Initializes a new instance of the <see cref="SealedStateException"/> class.</summary>
    public SealedStateException()
    {
    }

    /// <summary>Initializes a new instance of the <see cref="SealedStateException"/> class with a specified error message.</summary>
    /// <param name="message">What was wrong, where, and what to do.</param>
    public SealedStateException(string message)
        : base(message)
    {
    }

    /// <summary>
    /// Initializes a new instance of the <see cref="SealedStateException"/> class with a specified error message and its cause.
    /// </summary>
    /// <param name="message">What was wrong, where, and what to do.</param>
    /// <param name="innerException">The cause.</param>
    public SealedStateException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
