namespace MarbleRun.Attestation.Collateral;

/// <summary>A source of collateral cannot be reached, does not return collateral, or exceeds the limit of size or time.</summary>
public sealed class CollateralException : MarbleRunException
{
    /// <summary>Initializes a new instance of the <see cref="CollateralException"/> class.</summary>
    public CollateralException()
    {
    }

    /// <summary>Initializes a new instance of the <see cref="CollateralException"/> class with a specified error message.</summary>
    /// <param name="message">What was wrong, where, and what to do.</param>
    public CollateralException(string message)
        : base(message)
    {
    }

    /// <summary>
    /// Initializes a new instance of the <see cref="CollateralException"/> class with a specified error message and its cause.
    /// </summary>
    /// <param name="message">What was wrong, where, and what to do.</param>
    /// <param name="innerException">The cause.</param>
    public CollateralException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    /// <summary>
    /// Whether the source was not asked because too many requests are pending. This says nothing about the platform and is not cached.
    /// </summary>
    public bool IsBusy { get; init; }
}
