namespace MarbleRun.Identity;

/// <summary>The identity was requested before the Coordinator activated this process.</summary>
public sealed class MarbleNotActivatedException : MarbleRunException
{
    private const string DefaultMessage =
        "This process has not been activated by the Coordinator yet. With AddMarble() that happens while the host starts; "
        + "use the identity after that, or wait for IMarbleIdentityProvider.GetAsync.";

    /// <summary>Initializes a new instance of the <see cref="MarbleNotActivatedException"/> class with the default error message.</summary>
    public MarbleNotActivatedException()
        : base(DefaultMessage)
    {
    }

    /// <summary>Initializes a new instance of the <see cref="MarbleNotActivatedException"/> class with a specified error message.</summary>
    /// <param name="message">The error message: what is wrong, where, and what to do.</param>
    public MarbleNotActivatedException(string message)
        : base(message)
    {
    }

    /// <summary>
    /// Initializes a new instance of the <see cref="MarbleNotActivatedException"/> class with a specified error message and the exception
    /// that caused it.
    /// </summary>
    /// <param name="message">The error message: what is wrong, where, and what to do.</param>
    /// <param name="innerException">The exception that caused this one.</param>
    public MarbleNotActivatedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
