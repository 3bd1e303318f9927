namespace MarbleRun.Tee;

/// <summary>The trusted execution environment could not be used.</summary>
public sealed class TeeException : MarbleRunException
{
    /// <summary>Initializes a new instance of the <see cref="TeeException"/> class.</summary>
    public TeeException()
    {
    }

    /// <summary>Initializes a new instance of the <see cref="TeeException"/> class with a specified error message.</summary>
    /// <param name="message">The error message: what is wrong, where, and what to do.</param>
    public TeeException(string message)
        : base(message)
    {
    }

    /// <summary>
    /// Initializes a new instance of the <see cref="TeeException"/> class with a specified error message and the exception that caused it.
    /// </summary>
    /// <param name="message">The error message: what is wrong, where, and what to do.</param>
    /// <param name="innerException">The exception that caused this one.</param>
    public TeeException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    internal TeeException(TeeStatus status, int systemError, string message, Exception? innerException = null)
        : base(message, innerException!)
    {
        Status = status;
        SystemError = systemError;
    }

    /// <summary>What failed.</summary>
    public TeeStatus Status { get; }

    /// <summary>The system's <c>errno</c>, or 0.</summary>
    public int SystemError { get; }
}
