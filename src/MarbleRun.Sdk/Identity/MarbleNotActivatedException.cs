namespace MarbleRun.Identity;

/// <summary>The identity was asked for before the Coordinator activated this process.</summary>
public sealed class MarbleNotActivatedException : MarbleRunException
{
    private const string DefaultMessage =
        "This process has not been activated by the Coordinator yet. With AddMarble() that happens while the host starts; "
        + "use the identity after that, or wait for IMarbleIdentityProvider.GetAsync.";

    /// <summary>Makes an exception with the usual sentence.</summary>
    public MarbleNotActivatedException()
        : base(DefaultMessage)
    {
    }

    /// <summary>Makes an exception with a sentence.</summary>
    /// <param name="message">What was wrong, where, and what to do.</param>
    public MarbleNotActivatedException(string message)
        : base(message)
    {
    }

    /// <summary>Makes an exception with a sentence and its cause.</summary>
    /// <param name="message">What was wrong, where, and what to do.</param>
    /// <param name="innerException">The cause.</param>
    public MarbleNotActivatedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
