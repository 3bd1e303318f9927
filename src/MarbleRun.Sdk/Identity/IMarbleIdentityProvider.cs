namespace MarbleRun.Identity;

/// <summary>Gives the identity that is valid now. Ask for it when it is needed; do not keep it longer than a connection.</summary>
public interface IMarbleIdentityProvider
{
    /// <summary>The identity of this process.</summary>
    /// <exception cref="MarbleNotActivatedException">The Coordinator has not activated this process yet.</exception>
    MarbleIdentity Current { get; }

    /// <summary>Waits until there is an identity.</summary>
    /// <param name="cancellationToken">Ends the wait.</param>
    ValueTask<MarbleIdentity> GetAsync(CancellationToken cancellationToken = default);
}
