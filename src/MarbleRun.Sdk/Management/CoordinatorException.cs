namespace MarbleRun.Management;

/// <summary>A call to the Coordinator's client API failed.</summary>
public sealed class CoordinatorException : MarbleRunException
{
    /// <summary>Initializes a new instance of the <see cref="CoordinatorException"/> class.</summary>
    public CoordinatorException()
    {
    }

    /// <summary>Initializes a new instance of the <see cref="CoordinatorException"/> class with a specified error message.</summary>
    /// <param name="message">The error message: what is wrong, where, and what to do.</param>
    public CoordinatorException(string message)
        : base(message)
    {
    }

    /// <summary>
    /// Initializes a new instance of the <see cref="CoordinatorException"/> class with a specified error message and the exception that
    /// caused it.
    /// </summary>
    /// <param name="message">The error message: what is wrong, where, and what to do.</param>
    /// <param name="innerException">The exception that caused this one.</param>
    public CoordinatorException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>
    /// Initializes a new instance of the <see cref="CoordinatorException"/> class with a specified reason and error message.
    /// </summary>
    /// <param name="errorCode">The reason.</param>
    /// <param name="message">The error message: what is wrong, where, and what to do.</param>
    /// <param name="httpStatus">The HTTP status, or null if there was no answer.</param>
    /// <param name="innerException">The exception that caused this one, or null.</param>
    public CoordinatorException(CoordinatorErrorCode errorCode, string message, int? httpStatus = null, Exception? innerException = null)
        : base(message, innerException!)
    {
        ErrorCode = errorCode;
        HttpStatus = httpStatus;
    }

    /// <summary>The reason.</summary>
    public CoordinatorErrorCode ErrorCode { get; }

    /// <summary>The HTTP status of the answer, or null if there was none.</summary>
    public int? HttpStatus { get; }
}
