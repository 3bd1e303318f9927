namespace MarbleRun;

/// <summary>This process did not become a Marble. It must not continue as a Marble.</summary>
public sealed class MarbleActivationException : MarbleRunException
{
    /// <summary>Initializes a new instance of the <see cref="MarbleActivationException"/> class.</summary>
    public MarbleActivationException()
    {
    }

    /// <summary>Initializes a new instance of the <see cref="MarbleActivationException"/> class with a specified error message.</summary>
    /// <param name="message">The error message: what is wrong, where, and what to do.</param>
    public MarbleActivationException(string message)
        : base(message)
    {
    }

    /// <summary>
    /// Initializes a new instance of the <see cref="MarbleActivationException"/> class with a specified error message and the exception
    /// that caused it.
    /// </summary>
    /// <param name="message">The error message: what is wrong, where, and what to do.</param>
    /// <param name="innerException">The exception that caused this one.</param>
    public MarbleActivationException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>
    /// Initializes a new instance of the <see cref="MarbleActivationException"/> class with a specified reason and error message.
    /// </summary>
    /// <param name="failure">The reason.</param>
    /// <param name="message">The error message: what is wrong, where, and what to do.</param>
    /// <param name="innerException">The exception that caused this one, or null.</param>
    public MarbleActivationException(MarbleActivationFailure failure, string message, Exception? innerException = null)
        : base(message, innerException!)
    {
        Failure = failure;
    }

    /// <summary>The reason.</summary>
    public MarbleActivationFailure Failure { get; }
}
