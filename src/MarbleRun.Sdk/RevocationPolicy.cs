namespace MarbleRun;

/// <summary>
/// Specifies what a Marble does when it cannot hear of revocations. The Coordinator sends them over a connection that stays open; this
/// policy applies while that connection is broken, and before the first list has come. It does not apply to Coordinators of MarbleRun 1.9,
/// which have no revocations.
/// </summary>
/// <remarks>
/// Set it only in code: neither configuration nor environment is read, because the host controls both, and the network too.
/// </remarks>
public sealed class RevocationPolicy
{
    /// <summary>
    /// How long the Marble goes on after the last contact with the Coordinator: 10 seconds to 7 days; the default is 1 hour. The health
    /// check is degraded meanwhile.
    /// </summary>
    public TimeSpan MaxAge { get; set; } = TimeSpan.FromHours(1);

    /// <summary>
    /// True to accept peers even after <see cref="MaxAge"/>, without knowing whether they are revoked. The default is false: the Marble
    /// refuses all peers, closes their connections and reports itself as unhealthy, until it reaches the Coordinator again.
    /// </summary>
    public bool ContinueWhenOutdated { get; set; }
}
