using MarbleRun.Attestation;

namespace MarbleRun.Management;

/// <summary>A deployment is not trustworthy; do not use any part of it.</summary>
public sealed class CoordinatorVerificationException : MarbleRunException
{
    /// <summary>Initializes a new instance of the <see cref="CoordinatorVerificationException"/> class.</summary>
    public CoordinatorVerificationException()
    {
    }

    /// <summary>
    /// Initializes a new instance of the <see cref="CoordinatorVerificationException"/> class with a specified error message.
    /// </summary>
    /// <param name="message">The error message: what is wrong, where, and what to do.</param>
    public CoordinatorVerificationException(string message)
        : base(message)
    {
    }

    /// <summary>
    /// Initializes a new instance of the <see cref="CoordinatorVerificationException"/> class with a specified error message and the
    /// exception that caused it.
    /// </summary>
    /// <param name="message">The error message: what is wrong, where, and what to do.</param>
    /// <param name="innerException">The exception that caused this one.</param>
    public CoordinatorVerificationException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>
    /// Initializes a new instance of the <see cref="CoordinatorVerificationException"/> class with a specified reason and error message.
    /// </summary>
    /// <param name="failure">The reason.</param>
    /// <param name="message">The error message: what is wrong, where, and what to do.</param>
    /// <param name="verdict">The verdict about the quote, if it came to one.</param>
    /// <param name="innerException">The exception that caused this one, or null.</param>
    public CoordinatorVerificationException(
        CoordinatorVerificationFailure failure, string message, Verdict? verdict = null, Exception? innerException = null)
        : base(message, innerException!)
    {
        Failure = failure;
        Verdict = verdict;
    }

    /// <summary>The reason.</summary>
    public CoordinatorVerificationFailure Failure { get; }

    /// <summary>The verdict about the quote; null if there was none to judge.</summary>
    public Verdict? Verdict { get; }
}
