using MarbleRun.Identity;

namespace MarbleRun.Tls;

/// <summary>How a client treats the Marbles that it calls.</summary>
public sealed class MarbleTlsOptions
{
    /// <summary>
    /// Which Marbles may answer. The default is <see cref="MarblePeerPolicy.AnyMarble"/>, with which the host name that is called must be in the
    /// peer's certificate; <see cref="MarblePeerPolicy.AllowTypes"/> goes by the type instead, for peers reached by IP address or service name.
    /// </summary>
    public MarblePeerPolicy PeerPolicy { get; set; } = MarblePeerPolicy.AnyMarble;
}
