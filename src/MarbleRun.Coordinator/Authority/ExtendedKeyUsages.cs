using MarbleRun.Primitives;

namespace MarbleRun.Coordinator.Authority;

/// <summary>The purposes of a certificate's key (RFC 5280, 4.2.1.12).</summary>
internal static class ExtendedKeyUsages
{
    public const string ServerAuthentication = Oids.ServerAuthentication;
    public const string ClientAuthentication = Oids.ClientAuthentication;
}
