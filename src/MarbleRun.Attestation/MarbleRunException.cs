namespace MarbleRun;

/// <summary>
/// The base class of all exceptions that MarbleRun throws for causes outside the program. Invalid arguments cause an <see
/// cref="ArgumentException"/>.
/// </summary>
public class MarbleRunException : Exception
{
    /// <summary>Initializes a new instance of the <see cref="MarbleRunException"/> class.</summary>
    public MarbleRunException()
    {
    }

    /// <summary>Initializes a new instance of the <see cref="MarbleRunException"/> class with a specified error message.</summary>
    /// <param name="message">The error message: what is wrong, where, and what to do.</param>
    public MarbleRunException(string message)
        : base(message)
    {
    }

    /// <summary>
    /// Initializes a new instance of the <see cref="MarbleRunException"/> class with a specified error message and the exception that
    /// caused it.
    /// </summary>
    /// <param name="message">The error message: what is wrong, where, and what to do.</param>
    /// <param name="innerException">The exception that caused this one.</param>
    public MarbleRunException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
