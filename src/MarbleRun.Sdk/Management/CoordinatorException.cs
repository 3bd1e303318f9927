namespace MarbleRun.Management;

/// <summary>A call to the Coordinator's client API failed.</summary>
public sealed class CoordinatorException : MarbleRunException
{
    /// <summary>Makes an exception without a reason.</summary>
    public CoordinatorException()
    {
    }

    /// <summary>Makes an exception with a sentence.</summary>
    /// <param name="message">What was wrong, where, and what to do.</param>
    public CoordinatorException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an exception with a sentence and its cause.</summary>
    /// <param name="message">What was wrong, where, and what to do.</param>
    /// <param name="innerException">The cause.</param>
    public CoordinatorException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Makes an exception with a reason.</summary>
    /// <param name="errorCode">The reason.</param>
    /// <param name="message">What was wrong, where, and what to do.</param>
    /// <param name="httpStatus">The HTTP status, or null if there was no answer.</param>
    /// <param name="innerException">The cause, if any.</param>
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
