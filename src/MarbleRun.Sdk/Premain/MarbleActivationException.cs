namespace MarbleRun.Activation;

/// <summary>This process did not become a Marble. It must not go on as if it were one.</summary>
public sealed class MarbleActivationException : MarbleRunException
{
    /// <summary>Makes an exception without a reason.</summary>
    public MarbleActivationException()
    {
    }

    /// <summary>Makes an exception with a sentence.</summary>
    /// <param name="message">What was wrong, where, and what to do.</param>
    public MarbleActivationException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an exception with a sentence and its cause.</summary>
    /// <param name="message">What was wrong, where, and what to do.</param>
    /// <param name="innerException">The cause.</param>
    public MarbleActivationException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Makes an exception with a reason.</summary>
    /// <param name="failure">The reason.</param>
    /// <param name="message">What was wrong, where, and what to do.</param>
    /// <param name="innerException">The cause, if any.</param>
    public MarbleActivationException(MarbleActivationFailure failure, string message, Exception? innerException = null)
        : base(message, innerException!)
    {
        Failure = failure;
    }

    /// <summary>The reason.</summary>
    public MarbleActivationFailure Failure { get; }
}
