using MarbleRun.Attestation;

namespace MarbleRun.Management;

/// <summary>A deployment is not to be trusted; nothing of it must be used.</summary>
public sealed class CoordinatorVerificationException : MarbleRunException
{
    /// <summary>Makes an exception without a reason.</summary>
    public CoordinatorVerificationException()
    {
    }

    /// <summary>Makes an exception with a sentence.</summary>
    /// <param name="message">What was wrong, where, and what to do.</param>
    public CoordinatorVerificationException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an exception with a sentence and its cause.</summary>
    /// <param name="message">What was wrong, where, and what to do.</param>
    /// <param name="innerException">The cause.</param>
    public CoordinatorVerificationException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Makes an exception with a reason.</summary>
    /// <param name="failure">The reason.</param>
    /// <param name="message">What was wrong, where, and what to do.</param>
    /// <param name="verdict">The verdict about the quote, if it came to one.</param>
    /// <param name="innerException">The cause, if any.</param>
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
