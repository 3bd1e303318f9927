namespace MarbleRun.Identity;

/// <summary>Provides the current identity. Ask for it when you need it; do not keep it longer than a connection.</summary>
public interface IMarbleIdentityProvider
{
    /// <summary>The identity of this process.</summary>
    /// <exception cref="MarbleNotActivatedException">The Coordinator has not activated this process yet.</exception>
    MarbleIdentity Current { get; }

    /// <summary>Waits until the process has an identity.</summary>
    /// <param name="cancellationToken">Cancels the wait.</param>
    ValueTask<MarbleIdentity> GetAsync(CancellationToken cancellationToken = default);
}
