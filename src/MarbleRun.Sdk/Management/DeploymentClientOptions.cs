using MarbleRun.Identity;

namespace MarbleRun.Management;

/// <summary>Specifies a client that calls the Marbles of a verified deployment from outside.</summary>
public sealed class DeploymentClientOptions
{
    /// <summary>
    /// The Marbles that may answer. With the default, <see cref="MarblePeerPolicy.AnyMarble"/>, the certificate must contain the host name.
    /// </summary>
    public MarblePeerPolicy PeerPolicy { get; set; } = MarblePeerPolicy.AnyMarble;

    /// <summary>
    /// What happens when a Marble shows a certificate of a later authority. The client verifies the deployment again then, at most every
    /// five seconds: the quote, the root, which must be the same, and the manifest. The default refuses another manifest; an update of
    /// packages alone, which keeps the manifest, is accepted by every policy.
    /// </summary>
    public ManifestChangePolicy ManifestChange { get; set; }

    /// <summary>
    /// How old the verification may be when a call is made, from 1 second; the default is one hour. The client verifies the deployment
    /// again then, so that it learns of updates and revocations although no Marble shows another authority. A call fails while that is
    /// not possible, because the network could hide a revocation otherwise.
    /// </summary>
    public TimeSpan MaxAge { get; set; } = TimeSpan.FromHours(1);

    /// <summary>
    /// Decides whether another manifest is accepted, for <see cref="ManifestChangePolicy.Ask"/>: gets the deployment before and after, and
    /// returns true to accept. Null by default, which refuses.
    /// </summary>
    public Func<VerifiedDeployment, VerifiedDeployment, CancellationToken, ValueTask<bool>>? AcceptsChange { get; set; }

    /// <summary>Called after each change that was accepted, with the deployment before and after. Null by default.</summary>
    public Action<VerifiedDeployment, VerifiedDeployment>? Changed { get; set; }
}
