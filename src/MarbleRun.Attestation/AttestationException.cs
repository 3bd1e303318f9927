namespace MarbleRun.Attestation;

/// <summary>The platform cannot attest. Refused evidence results in a <see cref="Verdict"/>, not in this exception.</summary>
public sealed class AttestationException : MarbleRunException
{
    /// <summary>Initializes a new instance of the <see cref="AttestationException"/> class.</summary>
    public AttestationException()
    {
    }

    /// <summary>Initializes a new instance of the <see cref="AttestationException"/> class with a specified error message.</summary>
    /// <param name="message">What was wrong, where, and what to do.</param>
    public AttestationException(string message)
        : base(message)
    {
    }

    /// <summary>
    /// Initializes a new instance of the <see cref="AttestationException"/> class with a specified error message and its cause.
    /// </summary>
    /// <param name="message">What was wrong, where, and what to do.</param>
    /// <param name="innerException">The cause.</param>
    public AttestationException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>Initializes a new instance of the <see cref="AttestationException"/> class with a reason.</summary>
    /// <param name="failure">The reason.</param>
    /// <param name="message">What was wrong, where, and what to do.</param>
    /// <param name="innerException">The cause, if any.</param>
    public AttestationException(AttestationFailure failure, string message, Exception? innerException = null)
        : base(message, innerException!)
    {
        Failure = failure;
    }

    /// <summary>The reason.</summary>
    public AttestationFailure Failure { get; }
}
