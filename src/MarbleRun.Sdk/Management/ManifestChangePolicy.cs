namespace MarbleRun.Management;

/// <summary>What a client of a verified deployment does when the deployment has got another manifest.</summary>
public enum ManifestChangePolicy
{
    /// <summary>Refuse it: calls to Marbles under the new manifest fail until the deployment is verified again by the app.</summary>
    Refuse = 0,

    /// <summary>Accept every manifest that the Coordinator puts in force, as its users decide.</summary>
    Accept,

    /// <summary>Ask <see cref="DeploymentClientOptions.AcceptsChange"/>.</summary>
    Ask,
}
