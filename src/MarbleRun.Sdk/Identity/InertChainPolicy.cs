using System.Security.Cryptography.X509Certificates;

namespace MarbleRun.Identity;

/// <summary>
/// A policy of chains that uses neither the machine's trust store nor the network. Without a policy, the platform builds a chain before it
/// calls a certificate callback, and fetches any address that an unauthenticated caller's certificate names for its issuer: this causes
/// requests from inside the network, and lets the caller determine the duration of a handshake.
/// </summary>
/// <remarks>The Coordinator compiles this file, too.</remarks>
internal static class InertChainPolicy
{
    /// <summary>A new policy, because a chain may change its policy; it trusts no root until one is added.</summary>
    public static X509ChainPolicy Create() => new()
    {
        TrustMode = X509ChainTrustMode.CustomRootTrust,
        RevocationMode = X509RevocationMode.NoCheck,
        DisableCertificateDownloads = true,
    };
}
