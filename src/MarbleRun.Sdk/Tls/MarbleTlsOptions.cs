using MarbleRun.Identity;

namespace MarbleRun.Tls;

/// <summary>Specifies how a client checks the Marbles that it calls.</summary>
public sealed class MarbleTlsOptions
{
    /// <summary>
    /// The Marbles that may answer. With the default, <see cref="MarblePeerPolicy.AnyMarble"/>, the peer's certificate must contain the
    /// host name; <see cref="MarblePeerPolicy.AllowTypes"/> checks the type instead, for peers reached by IP address or service name.
    /// </summary>
    public MarblePeerPolicy PeerPolicy { get; set; } = MarblePeerPolicy.AnyMarble;
}
