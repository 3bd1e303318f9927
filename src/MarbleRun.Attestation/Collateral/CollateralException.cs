namespace MarbleRun.Attestation.Collateral;

/// <summary>A source of collateral can't be reached, answers something else than collateral, or answers too much or too late.</summary>
public sealed class CollateralException : MarbleRunException
{
    /// <summary>Makes an exception without a reason.</summary>
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
    /// Whether nothing was asked, because too much is being asked at this moment: it says nothing of the platform, and is not remembered.
    /// </summary>
    public bool IsBusy { get; init; }
}
