using MarbleRun.Manifests;

namespace MarbleRun.Coordinator.Updates;

/// <summary>Whether this Coordinator may have the keys of the deployment after an update.</summary>
internal interface IOwnAdmission
{
    /// <summary>
    /// A Coordinator that an update shuts out must not put it in force, because the keys that are made with it would be its own.
    /// </summary>
    /// <param name="before">The manifest in force.</param>
    /// <param name="after">The one that is to take its place.</param>
    /// <param name="cancellationToken">Ends the wait.</param>
    /// <returns>Why the update must be sent to another Coordinator; null if it need not.</returns>
    ValueTask<string?> FindObjectionAsync(Manifest before, Manifest after, CancellationToken cancellationToken);
}
