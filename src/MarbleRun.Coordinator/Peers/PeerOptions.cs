namespace MarbleRun.Coordinator.Peers;

/// <summary>
/// How Coordinators that share a store reach each other: configuration section <c>Coordinator:Peers</c>. With the seal directory as the
/// store it has no effect.
/// </summary>
public sealed class PeerOptions
{
    /// <summary>
    /// The address at which other Coordinators ask for the keys of the deployment, <c>host:port</c>; without a host, all interfaces. The
    /// default is <c>:5433</c>; port 0 uses a free one. Empty opens no port, so that no other Coordinator gets the keys from this one.
    /// </summary>
    public string Address { get; set; } = ":5433";

    /// <summary>
    /// The addresses of the other Coordinators, <c>host:port</c> each, separated by commas; the one of this Coordinator may be among them.
    /// Empty by default.
    /// </summary>
    public string Addresses { get; set; } = string.Empty;

    /// <summary>
    /// A DNS name with a port, <c>name:port</c>, whose address records are the Coordinators, such as a headless service of Kubernetes. It
    /// is resolved each time. Not set by default.
    /// </summary>
    public string? Dns { get; set; }

    /// <summary>
    /// How long a start waits for another Coordinator that has the keys, from 0 to 10 minutes; the default is 30 seconds. Then it begins a
    /// recovery.
    /// </summary>
    [DurationRange("00:00:00", "00:10:00")]
    public TimeSpan StartTimeout { get; set; } = TimeSpan.FromSeconds(30);

    internal string[] Listed => Addresses.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
}
