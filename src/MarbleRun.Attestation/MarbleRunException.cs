namespace MarbleRun;

/// <summary>The root of all exceptions that MarbleRun throws for causes outside the program. Wrong arguments stay <see cref="ArgumentException"/>.</summary>
public class MarbleRunException : Exception
{
    /// <summary>Makes an exception without a sentence.</summary>
    public MarbleRunException()
    {
    }

    /// <summary>Makes an exception with a sentence.</summary>
    /// <param name="message">What was wrong, where, and what to do.</param>
    public MarbleRunException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an exception with a sentence and its cause.</summary>
    /// <param name="message">What was wrong, where, and what to do.</param>
    /// <param name="innerException">The cause.</param>
    public MarbleRunException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
